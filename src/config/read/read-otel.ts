import { didYouMean } from "../../lib/suggest.ts";
import { isNull, showNode, type ConfigNode, type MapNode, type ScalarNode } from "../tree/config-node.ts";
import type { Environment } from "../environment/environment.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import type { litellmSettingsTable } from "../settings/litellm-settings.ts";
import type { SectionReader } from "../settings/section-reader.ts";
import { toBoolean, toNumber } from "../tree/scalar.ts";
import type { OtelSettings, OtlpTarget, SamplerSettings } from "../settings/telemetry-settings.ts";

/** Where a collector listens by default. */
const usualEndpoint = "http://localhost:4318";
/** LiteLLM's callbacks that are acted on. `prometheus` changes nothing, because its metrics are always there. */
const actedOnCallbacks: ReadonlySet<string> = new Set(["otel", "prometheus"]);
const otelNames: readonly string[] = ["endpoint", "service_name", "sample_ratio"];

/**
 * Reads the settings of OpenTelemetry from `general_settings.otel` and the standard variables (`OTEL_…`); where both say something, the file
 * counts.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @param written `general_settings.otel`: a map, or LiteLLM's `true` for the usual collector.
 * @param litellm LiteLLM's callbacks, where `otel` may stand.
 * @param root The place in messages on the environment, which has no line.
 * @returns Undefined when nothing is sent.
 */
export function readOtel(
  written: ConfigNode | undefined,
  litellm: SectionReader<typeof litellmSettingsTable>,
  root: MapNode,
  environment: Environment,
  log: FindingLog,
): OtelSettings | undefined {
  const get = (name: string): string | undefined => environment.get(name)?.trim() || undefined;
  const section = written?.kind === "map" ? written : undefined;
  const own = readSection(section, log);
  const switched = written === undefined || section !== undefined ? undefined : toBoolean(written);
  if (written !== undefined && section === undefined && switched === undefined)
    log.problem(
      written.at,
      "general_settings.otel",
      `must be a map such as {endpoint: http://collector:4318}, or true, not ${showNode(written)}`,
    );
  const asked = askedByCallbacks(litellm, log) || switched === true;
  if (get("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  const base = own.endpoint ?? get("OTEL_EXPORTER_OTLP_ENDPOINT") ?? (asked ? (get("OTEL_ENDPOINT") ?? usualEndpoint) : undefined);
  const target = (signal: "TRACES" | "METRICS", path: string): OtlpTarget | undefined => {
    if (get(`OTEL_${signal}_EXPORTER`)?.toLowerCase() === "none") return undefined;
    const url = (own.endpoint === undefined ? get(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) : undefined) ?? joined(base, path);
    if (url === undefined) return undefined;
    const at = section?.entries.get("endpoint")?.value.at ?? root.at;
    if (!isHttp(url)) {
      const variable = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT`;
      const key = own.endpoint === undefined ? variable : "general_settings.otel.endpoint";
      log.problem(at, key, "must be a URL such as http://collector:4318");
      return undefined;
    }
    return { url, headers: { ...readHeaders("OTEL_EXPORTER_OTLP_HEADERS"), ...readHeaders(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`) } };
  };
  const readHeaders = (name: string): Readonly<Record<string, string>> => {
    const headers = parsePairs(get(name) ?? "");
    // `Bearer TOKEN`: the token alone is a secret too.
    for (const value of Object.values(headers)) for (const part of [value, ...value.split(" ")]) environment.hide(part);
    return headers;
  };
  const traces = target("TRACES", "v1/traces");
  const metrics = target("METRICS", "v1/metrics");
  if (traces === undefined && metrics === undefined) return undefined;
  if (get("OTEL_EXPORTER_OTLP_PROTOCOL") === "grpc")
    log.warning(root.at, "OTEL_EXPORTER_OTLP_PROTOCOL", "is grpc; what is sent is JSON over HTTP, which collectors take on port 4318");
  const attributes = parsePairs(get("OTEL_RESOURCE_ATTRIBUTES") ?? "");
  const service = own.serviceName ?? get("OTEL_SERVICE_NAME") ?? attributes["service.name"] ?? "huntgroup";
  const sampler = own.ratio === undefined ? readSampler(get, root, log) : { ratio: own.ratio, parentBased: true };
  return { traces, metrics, resource: { ...attributes, "service.name": service }, sampler };
}

interface OwnSettings {
  readonly endpoint: string | undefined;
  readonly serviceName: string | undefined;
  readonly ratio: number | undefined;
}

function readSection(section: MapNode | undefined, log: FindingLog): OwnSettings {
  const text = (key: string): string | undefined => {
    const node = section?.entries.get(key)?.value;
    if (node === undefined || isNull(node)) return undefined;
    if (node.kind === "scalar") return node.text;
    log.problem(node.at, `general_settings.otel.${key}`, `must be a text, not ${showNode(node)}`);
    return undefined;
  };
  for (const { key, keyAt } of section?.entries.values() ?? []) {
    if (!otelNames.includes(key))
      log.problem(
        keyAt,
        `general_settings.otel.${key}`,
        `is not known here${didYouMean(key, otelNames)}; there are ${otelNames.join(", ")}`,
      );
  }
  const ratioNode = section?.entries.get("sample_ratio")?.value;
  const ratio = ratioNode === undefined || isNull(ratioNode) ? undefined : (toNumber(ratioNode) ?? Number.NaN);
  if (ratioNode !== undefined && ratio !== undefined && !isShare(ratio))
    log.problem(ratioNode.at, "general_settings.otel.sample_ratio", `must be a share from 0 to 1, not ${showNode(ratioNode)}`);
  return { endpoint: text("endpoint"), serviceName: text("service_name"), ratio };
}

function readSampler(get: (name: string) => string | undefined, root: MapNode, log: FindingLog): SamplerSettings {
  const name = get("OTEL_TRACES_SAMPLER") ?? "parentbased_always_on";
  const parentBased = name.startsWith("parentbased_");
  const argument = get("OTEL_TRACES_SAMPLER_ARG");
  switch (name.replace("parentbased_", "")) {
    case "always_on":
      return { ratio: 1, parentBased };
    case "always_off":
      return { ratio: 0, parentBased };
    case "traceidratio": {
      const ratio = argument === undefined ? 1 : Number(argument);
      if (isShare(ratio)) return { ratio, parentBased };
      log.warning(root.at, "OTEL_TRACES_SAMPLER_ARG", "must be a share from 0 to 1, so every trace is recorded");
      return { ratio: 1, parentBased };
    }
    default:
      log.warning(root.at, "OTEL_TRACES_SAMPLER", "is none of the standard's samplers, so every trace is recorded");
      return { ratio: 1, parentBased: true };
  }
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}

/** Whether one of LiteLLM's callbacks is `otel`. Warns of those that are not acted on. */
function askedByCallbacks(litellm: SectionReader<typeof litellmSettingsTable>, log: FindingLog): boolean {
  let asked = false;
  for (const key of ["callbacks", "success_callback"] as const) {
    for (const { at, text } of names(litellm.node(key))) {
      if (text === "otel") asked = true;
      else if (text !== "" && !actedOnCallbacks.has(text)) log.warning(at, `litellm_settings.${key}`, `${text} is not acted on yet`);
    }
  }
  return asked;
}

function names(callbacks: ConfigNode | undefined): readonly ScalarNode[] {
  if (callbacks?.kind === "list") return callbacks.items.flatMap((item) => names(item));
  return callbacks?.kind === "scalar" ? [callbacks] : [];
}

function joined(base: string | undefined, path: string): string | undefined {
  return base === undefined ? undefined : `${base.replace(/\/+$/, "")}/${path}`;
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** Reads `key=value,key=value`, both percent-encoded, as the standard's variables have them. What is no pair is left out. */
function parsePairs(text: string): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = {};
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    const key = decoded(part.slice(0, equals).trim());
    if (equals > 0 && key !== "") pairs[key] = decoded(part.slice(equals + 1).trim());
  }
  return pairs;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
