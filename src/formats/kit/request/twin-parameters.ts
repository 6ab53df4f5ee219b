/** Parameters with two names. Providers refuse a request that has both. */
export const twinParameters: ReadonlyMap<string, string> = new Map([
  ["max_tokens", "max_completion_tokens"],
  ["max_completion_tokens", "max_tokens"],
]);
