import type { CallerKey } from "../../src/core/caller-key.ts";

/** A caller's key that may do everything. */
export function keyNamed(name: string): CallerKey {
  return {
    name,
    models: [],
    allows: () => true,
    rpm: undefined,
    tpm: undefined,
    maxParallelRequests: undefined,
    budget: undefined,
    tags: [],
    priority: undefined,
  };
}
