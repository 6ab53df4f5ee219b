import type { FallbackTable } from "../../core/call.ts";
import type { Policy } from "../../core/policy-class.ts";
import type { HedgeSettings } from "../../core/router-settings.ts";
import { showNode } from "../tree/config-node.ts";
import { canonicalNode } from "../tree/node-json.ts";
import { FallbackReader, readGenericFallbacks, readSpecialFallbacks } from "../values/read-fallbacks.ts";
import { readHedges } from "../values/read-hedges.ts";
import { readGroupPolicies, readPolicy, type PolicySuffix } from "../values/read-policy.ts";
import { readPriorities } from "../values/read-priorities.ts";
import { readStatuses } from "../values/read-statuses.ts";
import { litellmParamsTable } from "./litellm-params.ts";
import { readBoolean, readMilliseconds, readNumber, readText, toMilliseconds, type WrittenValue } from "./read-value.ts";
import type { SettingParser, SettingSources, ValueParser, WrittenTwice } from "./router-setting.ts";

/** The parsers that rows of `router_settings` name. */

export const integer: ValueParser<number, number> = { kind: "integer", read: preferring(readNumber), fromDefault: (number) => number };

/** Seconds in the file, milliseconds in the field. */
export const seconds: ValueParser<number, number> = { kind: "seconds", read: preferring(readMilliseconds), fromDefault: toMilliseconds };

export const boolean: ValueParser<boolean, boolean> = { kind: "boolean", read: preferring(readBoolean), fromDefault: (value) => value };

/** One of a few words, each of which stands for a value. */
export function oneOf<Word extends string, Value>(values: Readonly<Record<Word, Value>>): ValueParser<Value, Word> {
  const words = new Map<string, Value>(Object.entries<Value>(values));
  const read = (written: WrittenValue): Value | undefined => {
    const text = readText(written);
    if (text !== undefined && !words.has(text)) {
      const { node, path, log } = written;
      log.problem(node.at, path, `must be ${[...words.keys()].join(" or ")}, not ${showNode(node)}`);
    }
    return text === undefined ? undefined : words.get(text);
  };
  return { kind: "text", read: preferring(read), fromDefault: (word) => values[word] };
}

export const retryPolicy = policy("retry policy", "Retries");
export const allowedFailsPolicy = policy("allowed fails policy", "AllowedFails");

export const groupRetryPolicies: SettingParser<ReadonlyMap<string, Policy>> = {
  kind: "retry policies",
  read: ({ ours, names }) => ours && readGroupPolicies(ours.node, ours.path, names, ours.log),
};

export const statuses: SettingParser<ReadonlySet<number> | undefined> = {
  kind: "statuses",
  read: ({ ours }) => ours && readStatuses(ours.node, ours.path, ours.log),
};

export const classPriorities: SettingParser<ReadonlyMap<string, number>> = {
  kind: "priorities",
  read: ({ ours }) => ours && readPriorities(ours.node, ours.path, ours.log),
};

export const hedges: SettingParser<ReadonlyMap<string, HedgeSettings>> = {
  kind: "hedges",
  read: ({ ours, names }) => ours && readHedges(ours.node, ours.path, names, ours.log),
};

/** Fallbacks after every kind of failure; those of groups without an entry are `default_fallbacks`. */
export const genericFallbacks: SettingParser<FallbackTable> = {
  kind: "fallbacks",
  read(sources) {
    const written = chosen(sources);
    const forAll = chosen(sources.other("default_fallbacks"));
    const log = (written ?? forAll)?.log;
    return log && readGenericFallbacks(fallbackReader(sources, log), written, forAll, log);
  },
};

/** Fallbacks after one kind of failure alone. */
export const specialFallbacks: SettingParser<FallbackTable> = {
  kind: "fallbacks",
  read(sources) {
    const written = chosen(sources);
    return written && readSpecialFallbacks(fallbackReader(sources, written.log), written, written.log);
  },
};

function policy(kind: "retry policy" | "allowed fails policy", suffix: PolicySuffix): SettingParser<Policy | undefined> {
  return { kind, read: ({ ours }) => ours && readPolicy(ours.node, suffix, ours.path, ours.log) };
}

function fallbackReader({ names }: SettingSources, log: WrittenValue["log"]): FallbackReader {
  return new FallbackReader(names, litellmParamsTable, log);
}

/** Reads both values, so that a fault in either is reported, and says that the one of `litellm_settings` loses where they differ. */
function preferring<Value>(read: (written: WrittenValue) => Value | undefined): (sources: SettingSources) => Value | undefined {
  return ({ ours, theirs }) => {
    const own = ours && read(ours);
    const other = theirs && read(theirs);
    if (theirs !== undefined && own !== undefined && other !== undefined && own !== other) warnOfOther(theirs);
    return own ?? other;
  };
}

/** The same for a value that is long to read: what is written is compared, and only what counts is read. */
function chosen({ ours, theirs }: WrittenTwice): WrittenValue | undefined {
  if (ours !== undefined && theirs !== undefined && canonicalNode(ours.node) !== canonicalNode(theirs.node)) warnOfOther(theirs);
  return ours ?? theirs;
}

function warnOfOther({ node, path, log }: WrittenValue): void {
  log.warning(node.at, path, "is set to another value under router_settings, which wins");
}
