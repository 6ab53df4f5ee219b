import type { Usage } from "../../../core/outcome.ts";

/**
 * Reads OpenAI's `usage`: `{prompt_tokens, completion_tokens?}`, in tokens. Embeddings have no completion.
 * @returns undefined when a provider sends no usage, or something else under that name.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { prompt_tokens: prompt, completion_tokens: output } = value as {
    readonly prompt_tokens?: unknown;
    readonly completion_tokens?: unknown;
  };
  if (!isCount(prompt)) return undefined;
  return { promptTokens: prompt, outputTokens: isCount(output) ? output : 0 };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
