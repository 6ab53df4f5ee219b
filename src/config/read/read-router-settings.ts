import type { FallbackTable } from "../../core/call.ts";
import type { Policy } from "../../core/policy-class.ts";
import { defaultRouterSettings, type FallbackSettings, type RouterSettings } from "../../core/router-settings.ts";
import type { CallableNames } from "./callable-names.ts";
import { showNode, type ConfigNode } from "../tree/config-node.ts";
import { canonicalJson, nodeToJson } from "../tree/node-json.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { litellmSettingsTable } from "../settings/litellm-settings.ts";
import { routerSettingsTable } from "../settings/router-settings.ts";
import { anyGroup, FallbackReader, type Located } from "./read-fallbacks.ts";
import { readHedges } from "./read-hedges.ts";
import { readPolicy } from "../settings/read-policy.ts";
import type { SettingsSections } from "./read-settings.ts";
import { readStatuses } from "../settings/read-statuses.ts";
import { SectionReader } from "../settings/section-reader.ts";

type RouterReader = SectionReader<typeof routerSettingsTable>;

interface Readers {
  readonly router: RouterReader;
  readonly litellm: SectionReader<typeof litellmSettingsTable>;
}

const defaults = defaultRouterSettings;

const nobodysFallback = "names no group whose fallback it is";
const usualForm = "write `- group: [other]`";

/** Reads how all groups are routed. What `router_settings` leaves open, `litellm_settings` may say. */
export function readRouterSettings(sections: SettingsSections, names: CallableNames, log: FindingLog): RouterSettings {
  const router = new SectionReader(routerSettingsTable, sections.router, "router_settings", log);
  const litellm = new SectionReader(litellmSettingsTable, sections.litellm, "litellm_settings", log);
  /** Says that a value of `litellm_settings` loses, where that makes a difference. */
  const preferred = <Value>(
    ours: Value | undefined,
    theirs: Value | undefined,
    key: keyof typeof litellmSettingsTable,
  ): Value | undefined => {
    const node = sections.litellm?.entries.get(key)?.value;
    if (node !== undefined && ours !== undefined && theirs !== undefined && ours !== theirs) warnOfOther(node, key, log);
    return ours ?? theirs;
  };
  const timeoutMs = preferred(router.milliseconds("timeout"), litellm.milliseconds("request_timeout"), "request_timeout");
  const cooldownMs = preferred(router.milliseconds("cooldown_time"), litellm.milliseconds("cooldown_time"), "cooldown_time");
  return {
    numRetries: preferred(router.number("num_retries"), litellm.number("num_retries"), "num_retries") ?? defaults.numRetries,
    retryPolicy: readPolicy(router.node("retry_policy"), "Retries", router.pathOf("retry_policy"), log),
    groupRetryPolicies: readGroupPolicies(router, names, log),
    retryAfterMs: router.milliseconds("retry_after") ?? defaults.retryAfterMs,
    timeoutMs: timeoutMs ?? defaults.timeoutMs,
    streamTimeoutMs: router.milliseconds("stream_timeout") ?? defaults.streamTimeoutMs,
    streamIdleTimeoutMs: router.milliseconds("stream_idle_timeout") ?? defaults.streamIdleTimeoutMs,
    enforceRateLimits: router.boolean("enforce_rate_limits") ?? defaults.enforceRateLimits,
    cooldown: {
      disabled: router.boolean("disable_cooldowns") ?? defaults.cooldown.disabled,
      timeMs: cooldownMs ?? defaults.cooldown.timeMs,
      allowedFails: preferred(router.number("allowed_fails"), litellm.number("allowed_fails"), "allowed_fails"),
      allowedFailsPolicy: readPolicy(router.node("allowed_fails_policy"), "AllowedFails", router.pathOf("allowed_fails_policy"), log),
    },
    fallbacks: readFallbackSettings({ router, litellm }, names, log),
    orderFallbackStatuses: readStatuses(router.node("order_fallback_status_codes"), router.pathOf("order_fallback_status_codes"), log),
    preCallChecks: router.boolean("enable_pre_call_checks") ?? defaults.preCallChecks,
    tagFiltering: {
      enabled: router.boolean("enable_tag_filtering") ?? defaults.tagFiltering.enabled,
      matchAny: router.boolean("tag_filtering_match_any") ?? defaults.tagFiltering.matchAny,
    },
    connectTimeoutMs: router.milliseconds("connect_timeout") ?? defaults.connectTimeoutMs,
    resumeStreams: readStreamRecovery(router, log),
    hedges: readHedges(router.node("hedge"), router.pathOf("hedge"), names, log),
    queue: {
      timeoutMs: router.milliseconds("queue_timeout") ?? defaults.queue.timeoutMs,
      size: router.number("queue_size") ?? defaults.queue.size,
    },
  };
}

function readStreamRecovery(router: RouterReader, log: FindingLog): boolean {
  const value = router.text("stream_recovery") ?? routerSettingsTable.stream_recovery.default;
  const node = router.node("stream_recovery");
  if (value !== "continue" && value !== "off" && node !== undefined) {
    log.problem(node.at, router.pathOf("stream_recovery"), `must be continue or off, not ${showNode(node)}`);
  }
  return value === "continue";
}

function readGroupPolicies(router: RouterReader, names: CallableNames, log: FindingLog): ReadonlyMap<string, Policy> {
  const policies = new Map<string, Policy>();
  const path = router.pathOf("model_group_retry_policy");
  const node = router.node("model_group_retry_policy");
  if (node !== undefined && node.kind !== "map") {
    log.problem(node.at, path, `must be a map from a group to its retry policy, not ${showNode(node)}`);
    return policies;
  }
  for (const { key, keyAt, value } of node?.entries.values() ?? []) {
    const policy = readPolicy(value, "Retries", `${path}.${key}`, log);
    if (policy === undefined) continue;
    if (!names.isGroup(key)) log.warning(keyAt, `${path}.${key}`, `${names.reasonAgainst(key)}, so this policy is never used`);
    policies.set(key, policy);
  }
  return policies;
}

function readFallbackSettings(readers: Readers, names: CallableNames, log: FindingLog): FallbackSettings {
  const reader = new FallbackReader(names, log);
  const special = (key: "context_window_fallbacks" | "content_policy_fallbacks"): FallbackTable => {
    const located = chosen(readers, key, log);
    if (located === undefined) return new Map();
    const { table, loose } = reader.read(located);
    for (const { node, path } of loose) log.warning(node.at, path, `${nobodysFallback}, and is ignored; ${usualForm}`);
    return table;
  };
  return {
    generic: readGeneric(reader, chosen(readers, "fallbacks", log), chosen(readers, "default_fallbacks", log), log),
    contextWindow: special("context_window_fallbacks"),
    contentPolicy: special("content_policy_fallbacks"),
    maxFallbacks: readers.router.number("max_fallbacks") ?? defaults.fallbacks.maxFallbacks,
  };
}

/** The fallbacks for every kind of failure, with those of all groups under `*`. */
function readGeneric(reader: FallbackReader, written: Located | undefined, forAll: Located | undefined, log: FindingLog): FallbackTable {
  const { table, loose } = written === undefined ? { table: new Map(), loose: [] } : reader.read(written);
  const [first] = loose;
  if (first !== undefined) {
    const outcome = forAll === undefined ? "taken as default_fallbacks" : "ignored, since default_fallbacks is set";
    log.warning(first.node.at, first.path, `${nobodysFallback}, and is ${outcome}; ${usualForm}`);
  }
  const common = forAll === undefined ? loose : itemsOf(forAll);
  if (common.length === 0) return table;
  if (table.has(anyGroup)) {
    const [{ node, path }] = common as readonly [Located, ...Located[]];
    log.warning(node.at, path, "is ignored, since fallbacks has an entry for `*`");
    return table;
  }
  return new Map([...table, [anyGroup, reader.readNames(common)]]);
}

function itemsOf({ node, path }: Located): readonly Located[] {
  return node.kind === "list" ? node.items.map((item, index) => ({ node: item, path: `${path}[${index}]` })) : [{ node, path }];
}

/** The value of a key that may stand in both sections. */
function chosen(
  { router, litellm }: Readers,
  key: "fallbacks" | "default_fallbacks" | "context_window_fallbacks" | "content_policy_fallbacks",
  log: FindingLog,
): Located | undefined {
  const ours = router.node(key);
  const theirs = litellm.node(key);
  if (ours !== undefined && theirs !== undefined && canonicalJson(nodeToJson(ours)) !== canonicalJson(nodeToJson(theirs))) {
    warnOfOther(theirs, key, log);
  }
  if (ours !== undefined) return { node: ours, path: router.pathOf(key) };
  return theirs === undefined ? undefined : { node: theirs, path: litellm.pathOf(key) };
}

function warnOfOther(node: ConfigNode, key: string, log: FindingLog): void {
  log.warning(node.at, `litellm_settings.${key}`, "is set to another value under router_settings, which wins");
}
