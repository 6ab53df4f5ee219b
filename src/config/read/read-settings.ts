import { usualBufferedBytes } from "../../lib/shared/buffered-bytes.ts";
import { child, type MapNode } from "../tree/config-node.ts";
import { isPlaceholder } from "../deployments/deployment-params.ts";
import type { Environment } from "../environment/environment.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { generalSettingsTable } from "../settings/general-settings.ts";
import { litellmSettingsTable } from "../settings/litellm-settings.ts";
import { routerSettingsTable } from "../settings/router-settings.ts";
import type { SettingsSections } from "../settings/place-settings.ts";
import type { SharedStateSettings } from "../settings/shared-state-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";
import { readSharedState } from "./read-shared-state.ts";
import { type PassThroughEndpoint, readPassThrough } from "./read-pass-through.ts";

/** Settings that reach into every deployment. */
export interface DeploymentDefaults {
  readonly dropParams: boolean;
  readonly additionalDropParams: readonly string[];
  readonly modifyParams: boolean;
  readonly maxParallelRequests: number | "auto" | undefined;
  /** Undefined when the configuration does not say. */
  readonly ignoreInvalid: boolean | undefined;
  /** Variables that entries made at run time may name: names, and patterns with `*`. */
  readonly adminEnvAllow: readonly string[];
}

/** Settings of the server itself. */
export interface ServerSettings {
  readonly masterKey: string | undefined;
  /** Undefined when it is not given. */
  readonly idSecret: string | undefined;
  readonly maxRequestBytes: number;
  readonly maxBufferedBytes: number;
  readonly fetchMedia: boolean;
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly console: boolean;
  /** As written. Undefined when it is not. */
  readonly stateFile: string | undefined;
  /** One more header that callers' keys may stand in, in lower case. */
  readonly keyHeader: string | undefined;
  readonly maxFailedAttempts: number;
  readonly maxConnectionAgeMs: number | undefined;
  readonly passThrough: readonly PassThroughEndpoint[];
  readonly sharedState: SharedStateSettings | undefined;
}

const bytesPerMebibyte = 1_048_576;
/** Characters. A shorter one could be guessed from an id. */
const shortestIdSecret = 16;

export function readDeploymentDefaults(sections: SettingsSections, log: FindingLog): DeploymentDefaults {
  const router = new SectionReader(routerSettingsTable, sections.router, "router_settings", log);
  const litellm = new SectionReader(litellmSettingsTable, sections.litellm, "litellm_settings", log);
  const general = new SectionReader(generalSettingsTable, sections.general, "general_settings", log);
  const drop = litellm.booleanOrNames("drop_params");
  return {
    dropParams: drop === true,
    additionalDropParams: [...(litellm.names("additional_drop_params") ?? []), ...(typeof drop === "object" ? drop : [])],
    modifyParams: litellm.boolean("modify_params") ?? litellmSettingsTable.modify_params.default,
    maxParallelRequests: router.numberOrAuto("default_max_parallel_requests"),
    ignoreInvalid: router.boolean("ignore_invalid_deployments"),
    adminEnvAllow: general.names("admin_env_allow") ?? [],
  };
}

/** @param root The place in messages on the environment, which has no line. */
export async function readServerSettings(
  sections: SettingsSections,
  root: MapNode,
  { environment, readFile }: { readonly environment: Environment; readonly readFile: (path: string) => Promise<string> },
  log: FindingLog,
): Promise<ServerSettings> {
  const general = new SectionReader(generalSettingsTable, sections.general, "general_settings", log);
  const mebibytes = general.number("max_request_size_mb") ?? generalSettingsTable.max_request_size_mb.default;
  return {
    masterKey: readMasterKey(sections.general, root, environment, log),
    idSecret: readIdSecret(general, log),
    maxRequestBytes: Math.round(mebibytes * bytesPerMebibyte),
    maxBufferedBytes: general.number("max_buffered_bytes") ?? usualBufferedBytes(),
    fetchMedia: general.boolean("fetch_media") ?? generalSettingsTable.fetch_media.default,
    corsOrigins: readOrigins(general, log),
    allowedHosts: (general.names("allowed_hosts") ?? []).map((host) => host.toLowerCase()),
    console: !(general.boolean("disable_admin_ui") ?? generalSettingsTable.disable_admin_ui.default),
    stateFile: general.text("state_file"),
    keyHeader: readKeyHeader(general, log),
    maxConnectionAgeMs: general.milliseconds("max_connection_age"),
    sharedState: await readSharedState(sections.general, environment, readFile, log),
    passThrough: readPassThrough(sections.general, environment, log),
    maxFailedAttempts: general.number("max_failed_attempts") ?? generalSettingsTable.max_failed_attempts.default,
  };
}

/** Refuses a master key that is set but empty: taking it for none would leave the server open to everybody. */
function readMasterKey(general: MapNode | undefined, root: MapNode, environment: Environment, log: FindingLog): string | undefined {
  const key = "general_settings.master_key";
  const entry = general?.entries.get("master_key");
  const node = child(general, "master_key");
  if (node !== undefined) {
    const text = new SectionReader(generalSettingsTable, general, "general_settings", log).text("master_key");
    if (text === undefined) return undefined;
    if (text.trim() === "") log.problem(node.at, key, "is empty: give a key, or take the line out to serve everybody");
    else if (isPlaceholder(text)) log.problem(node.at, key, "is an unfilled placeholder: put the real key there");
    return text;
  }
  const unresolved = entry?.value.kind === "scalar" && entry.value.origin === "unresolved";
  if (unresolved) return undefined;
  for (const name of ["HUNTGROUP_MASTER_KEY", "LITELLM_MASTER_KEY"]) {
    const value = environment.secret(name);
    if (value === undefined) continue;
    if (value.trim() === "") {
      log.problem(root.at, key, `the environment variable ${name} is set but empty: give it a key, or unset it to serve everybody`);
    }
    return value;
  }
  if (entry !== undefined) log.warning(entry.keyAt, key, "is empty, so the server is open to everybody who reaches it");
  return undefined;
}

function readIdSecret(general: SectionReader<typeof generalSettingsTable>, log: FindingLog): string | undefined {
  const secret = general.text("id_secret");
  const at = general.node("id_secret")?.at;
  if (secret === undefined || at === undefined) return undefined;
  const path = general.pathOf("id_secret");
  if (isPlaceholder(secret)) log.problem(at, path, "is an unfilled placeholder: put the real secret there");
  else if (secret.length < shortestIdSecret) log.problem(at, path, `must have at least ${shortestIdSecret} characters`);
  return secret;
}

function readKeyHeader(general: SectionReader<typeof generalSettingsTable>, log: FindingLog): string | undefined {
  const name = general.text("litellm_key_header_name")?.trim().toLowerCase();
  if (name === undefined || /^[\w!#$%&'*+.^`|~-]+$/.test(name)) return name;
  const at = general.node("litellm_key_header_name")?.at;
  if (at !== undefined) log.problem(at, general.pathOf("litellm_key_header_name"), "must be the name of a header, such as x-my-key");
  return undefined;
}

function readOrigins(general: SectionReader<typeof generalSettingsTable>, log: FindingLog): readonly string[] {
  const origins = general.names("cors_allow_origins") ?? [];
  const node = general.node("cors_allow_origins");
  for (const [index, origin] of origins.entries()) {
    if (origin === "*" || isOrigin(origin)) continue;
    const at = (node?.kind === "list" ? node.items[index] : node)?.at;
    const message = "must be * or an origin such as https://app.example.com, without a path";
    if (at !== undefined) log.problem(at, general.pathOf("cors_allow_origins"), message);
  }
  return origins;
}

/** Whether a text is scheme, host and port, as browsers send them. Capitals and a final slash are allowed. */
function isOrigin(text: string): boolean {
  const plain = text.toLowerCase().replace(/\/$/, "");
  if (!URL.canParse(plain)) return false;
  const { origin, protocol } = new URL(plain);
  // The platform knows no origin of other schemes, such as an extension's or an app's.
  return protocol === "http:" || protocol === "https:" ? origin === plain : /^[a-z][a-z0-9+.-]*:\/\/[^/]+$/.test(plain);
}
