import type { CallerKey } from "../core/caller-key.ts";
import { keyEndpoints } from "../core/keys/endpoint-access.ts";
import type { KeyRecord } from "../core/key-record.ts";
import { createWildcard, isWildcard } from "../core/table/wildcard.ts";
import { parseDuration } from "../lib/duration.ts";

/** A stored key as the core sees it, without its secrets. */
export function toCallerKey(record: KeyRecord): CallerKey {
  const names = new Set(record.models);
  const patterns = record.models.filter(isWildcard).map(createWildcard);
  const { name, models, endpoints = [], rpm, tpm, maxParallelRequests, maxBudget, budgetDuration, tags, priority } = record;
  return {
    name,
    models,
    allows: (model) => names.size === 0 || names.has(model) || patterns.some((pattern) => pattern.match(model) !== undefined),
    endpoints: keyEndpoints(endpoints),
    rpm,
    tpm,
    maxParallelRequests,
    budget: maxBudget === undefined ? undefined : { usd: maxBudget, periodMs: periodOf(budgetDuration) },
    tags,
    priority,
  };
}

function periodOf(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}
