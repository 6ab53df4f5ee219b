import type { JsonValue } from "../../core/provider.ts";
import { isNull, showNode, withEntries, type ConfigNode, type MapEntry, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { isSecretName } from "../secrets/secrets.ts";
import { checkSection, homeOf, isActedOn, misplacedOrUnknown, settingsSections } from "../settings/place-settings.ts";
import { isLitellmName, litellmTopic, lossOf } from "../values/litellm-own-names.ts";
import { meantSetting } from "./meant-setting.ts";
import { parameterValue, requestParameters } from "../values/request-parameters.ts";

const limits = ["rpm", "tpm"] as const;

/**
 * Moves rpm and tpm into `litellm_params` from the other places in which people write them: beside it, as LiteLLM allows, and under
 * `model_info` or as `rpm_limit`, where LiteLLM ignores them and the wanted limit is lost.
 */
export function gatherLimits(params: MapNode, entry: MapNode, info: MapNode | undefined, path: string, log: FindingLog): MapNode {
  const changes = new Map<string, MapEntry | undefined>();
  for (const limit of limits) {
    // Nearly all entries are done with here.
    if (!isElsewhere(limit, params, entry, info)) continue;
    const places: readonly (readonly [MapEntry | undefined, string])[] = [
      [params.entries.get(limit), `${path}.litellm_params`],
      [entry.entries.get(limit), path],
      [info?.entries.get(limit), `${path}.model_info`],
      [params.entries.get(`${limit}_limit`), `${path}.litellm_params`],
      [entry.entries.get(`${limit}_limit`), path],
      [info?.entries.get(`${limit}_limit`), `${path}.model_info`],
    ];
    changes.set(`${limit}_limit`, undefined);
    let found: MapEntry | undefined;
    for (const [index, [candidate, where]] of places.entries()) {
      if (candidate === undefined || isNull(candidate.value)) continue;
      // The first two places are LiteLLM's own.
      if (index >= 2) {
        const used = found === undefined ? `used as ${limit}` : `ignored, since ${limit} is set`;
        log.warning(candidate.keyAt, `${where}.${candidate.key}`, `${used}; the limit is called ${limit} and stands under litellm_params`);
      }
      found ??= candidate;
    }
    if (found !== undefined) changes.set(limit, { ...found, key: limit });
  }
  return changes.size === 0 ? params : withEntries(params, changes);
}

/** Whether a limit is given anywhere but under `litellm_params` by its own name. */
function isElsewhere(limit: (typeof limits)[number], params: MapNode, entry: MapNode, info: MapNode | undefined): boolean {
  const other = `${limit}_limit` as const;
  return (
    entry.entries.has(limit) ||
    info?.entries.has(limit) === true ||
    params.entries.has(other) ||
    entry.entries.has(other) ||
    info?.entries.has(other) === true
  );
}

/** Lays maps over each other: a setting's value is that of the first map in which it is not null. */
export function layered(first: MapNode, ...others: readonly (MapNode | undefined)[]): MapNode {
  if (others.every((other) => other === undefined || other.entries.size === 0)) return first;
  const entries = new Map(first.entries);
  for (const other of others) {
    for (const [key, entry] of other?.entries ?? []) if (isNull(entries.get(key)?.value)) entries.set(key, entry);
  }
  return { ...first, entries };
}

/**
 * The request parameters among `litellm_params`: everything that is not a setting, members of `extra_body` included. Settings of other
 * sections are left out: a `master_key` written here must not be sent to a provider.
 */
export function requestDefaults(params: MapNode, path: string, log: FindingLog): Readonly<Record<string, JsonValue>> {
  const defaults: Record<string, JsonValue> = {};
  for (const entry of checkSection("litellm_params", params, path, log)) {
    const entryPath = `${path}.${entry.key}`;
    if (isNull(entry.value) || isKept(entry, entryPath, log)) continue;
    defaults[entry.key] = parameterValue(entry, entryPath, log);
  }
  const extraBody = params.entries.get("extra_body")?.value;
  if (extraBody?.kind === "map") {
    for (const entry of extraBody.entries.values()) defaults[entry.key] = parameterValue(entry, `${path}.extra_body.${entry.key}`, log);
  }
  return defaults;
}

/**
 * Whether a name is sent to no provider: LiteLLM's own, and settings of other sections, which may hold a secret. Warns where something is
 * lost by it, and of what looks like a typing error.
 */
function isKept(entry: MapEntry, entryPath: string, log: FindingLog): boolean {
  const { key, keyAt } = entry;
  const topic = litellmTopic(key);
  if (topic === undefined && requestParameters.has(key)) return false;
  const home = homeOf(key);
  if (topic === undefined && home === undefined) {
    const isSection = settingsSections.some((section) => section === key);
    if (isSection) log.warning(keyAt, entryPath, "belongs at the top level, and is ignored here");
    return isSection || isNearMissOfSecret(entry, entryPath, log);
  }
  if (topic === "credentials" && !isLitellmName(key)) {
    const meant = meantSetting(key);
    const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
    log.sharedWarning(`litellm_params.${key}`, keyAt, entryPath, `is no setting that is known here, and is sent to nobody${hint}`);
    return true;
  }
  const misplaced = home !== undefined && (topic === undefined || isActedOn(home, key));
  const message = misplaced || topic === undefined ? misplacedOrUnknown("litellm_params", key) : lossOf(topic);
  if (message !== undefined) log.sharedWarning(`litellm_params.${key}`, keyAt, entryPath, message);
  return true;
}

/** Warns of a typing error. @returns Whether what is meant is a secret, which does not belong into requests. */
function isNearMissOfSecret({ key, keyAt }: MapEntry, entryPath: string, log: FindingLog): boolean {
  const meant = meantSetting(key);
  if (meant === undefined) return false;
  const isSecret = isSecretName(meant);
  const follows = isSecret ? "and is sent to nobody, since it looks like a secret" : "so it goes to the provider as a request parameter";
  log.warning(keyAt, entryPath, `is no setting, ${follows} (did you mean ${meant}?)`);
  return isSecret;
}

/**
 * Reads headers to be added to requests. A value that would break the request apart is a problem.
 * @returns By names in lower case.
 */
export function readHeaders(node: MapNode | undefined, path: string, log: FindingLog): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { key, keyAt, value } of node?.entries.values() ?? []) {
    const entryPath = `${path}.${key}`;
    if (isNull(value)) continue;
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(key)) log.problem(keyAt, entryPath, "is no header name");
    else if (value.kind !== "scalar") log.problem(value.at, entryPath, `must be a text, not ${showNode(value)}`);
    else if (/[^\t\x20-\x7e\x80-\xff]/.test(value.text)) log.problem(value.at, entryPath, "must be one line of plain characters");
    else headers[key.toLowerCase()] = typeof value.value === "string" ? value.value : value.text;
  }
  return headers;
}

/** Whether a text holds a placeholder, as documentation has where the reader's own value is to stand: `<your-key>`. */
export function isPlaceholder(text: string): boolean {
  return /<[A-Za-z][\w -]*>/.test(text);
}

/** Reports every `<placeholder>` that was not filled in. */
export function refusePlaceholders(node: ConfigNode | undefined, path: string, log: FindingLog): void {
  if (node === undefined) return;
  switch (node.kind) {
    case "scalar":
      if (typeof node.value === "string" && isPlaceholder(node.value)) {
        const shown = node.origin === "literal" ? ` ${/<[^>]*>/.exec(node.value)?.[0] ?? ""}` : "";
        log.problem(node.at, path, `is an unfilled placeholder${shown}: put the real value there`);
      }
      return;
    case "list":
      for (const [index, item] of node.items.entries()) refusePlaceholders(item, `${path}[${index}]`, log);
      return;
    case "map":
      for (const entry of node.entries.values()) refusePlaceholders(entry.value, `${path}.${entry.key}`, log);
      return;
    default:
      node satisfies never;
  }
}
