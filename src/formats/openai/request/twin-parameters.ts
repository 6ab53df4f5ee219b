/** Two names for one thing, of which providers refuse to see both. */
export const twinParameters: ReadonlyMap<string, string> = new Map([
  ["max_tokens", "max_completion_tokens"],
  ["max_completion_tokens", "max_tokens"],
]);
