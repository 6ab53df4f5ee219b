import { didYouMean } from "../../lib/suggest.ts";
import { showNode, type MapNode } from "../tree/config-node.ts";
import type { Environment } from "../environment/environment.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { generalSettingsTable } from "../settings/general-settings.ts";
import { litellmSettingsTable } from "../settings/litellm-settings.ts";
import { readOtel } from "./read-otel.ts";
import type { SettingsSections } from "../settings/place-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";
import { logFormats, logLevels, type TelemetrySettings } from "../settings/telemetry-settings.ts";

/**
 * @param root The place in messages on the environment, which has no line.
 * @param masterKey Undefined where there is none.
 */
export function readTelemetry(
  sections: SettingsSections,
  root: MapNode,
  environment: Environment,
  masterKey: string | undefined,
  log: FindingLog,
): TelemetrySettings {
  const general = new SectionReader(generalSettingsTable, sections.general, "general_settings", log);
  const litellm = new SectionReader(litellmSettingsTable, sections.litellm, "litellm_settings", log);
  const needsKey = general.boolean("require_auth_for_metrics_endpoint") ?? litellm.boolean("require_auth_for_metrics_endpoint") ?? true;
  return {
    logLevel: oneOf(general, "log_level", logLevels, log),
    logFormat: oneOf(general, "log_format", logFormats, log),
    logContent: general.boolean("log_content") ?? generalSettingsTable.log_content.default,
    logCalibration: general.boolean("log_calibration") ?? generalSettingsTable.log_calibration.default,
    logPrefixes: readLogPrefixes(general, masterKey, log),
    recentCalls: general.number("recent_calls") ?? generalSettingsTable.recent_calls.default,
    metricsOpen: !needsKey,
    otel: readOtel(general.node("otel"), litellm, root, environment, log),
  };
}

function readLogPrefixes(general: SectionReader<typeof generalSettingsTable>, masterKey: string | undefined, log: FindingLog): boolean {
  const isOn = general.boolean("log_prefixes") ?? generalSettingsTable.log_prefixes.default;
  const node = general.node("log_prefixes");
  if (isOn && masterKey === undefined && node !== undefined) {
    log.problem(node.at, general.pathOf("log_prefixes"), "needs a master_key, of which the key of the hashes is made");
  }
  return isOn;
}

/** Python's names of levels. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["warning", "warn"],
  ["critical", "error"],
  ["fatal", "error"],
  ["trace", "debug"],
]);

function oneOf<Value extends string>(
  general: SectionReader<typeof generalSettingsTable>,
  key: "log_level" | "log_format",
  allowed: readonly Value[],
  log: FindingLog,
): Value | undefined {
  const text = general.text(key)?.toLowerCase();
  const node = general.node(key);
  const value = allowed.find((one) => one === (otherNames.get(text ?? "") ?? text));
  if (text !== undefined && value === undefined && node !== undefined)
    log.problem(node.at, general.pathOf(key), `must be one of ${allowed.join(", ")}, not ${showNode(node)}${didYouMean(text, allowed)}`);
  return value;
}
