import type { CallerKey } from "../../src/core/caller-key.ts";

/** A key that may do anything, but for what a test says. */
export function callerKeyOf(name: string, over: Partial<CallerKey> = {}): CallerKey {
  const models = over.models ?? [];
  return {
    name,
    models,
    allows: (model) => models.length === 0 || models.includes(model),
    rpm: undefined,
    tpm: undefined,
    maxParallelRequests: undefined,
    budget: undefined,
    tags: [],
    priority: undefined,
    ...over,
  };
}
