import type { Usage } from "../../../core/outcome.ts";
import type { JsonMembers } from "../../../core/provider.ts";

/** A usage as Responses tell it. @param usage Undefined where nothing was told. */
export function responseUsage(usage: Usage | undefined): JsonMembers | null {
  if (usage === undefined) return null;
  const { promptTokens, outputTokens, cachedTokens = 0, cacheWriteTokens, reasoningTokens = 0 } = usage;
  return {
    input_tokens: promptTokens,
    input_tokens_details: {
      cached_tokens: cachedTokens,
      ...(cacheWriteTokens === undefined ? {} : { cache_write_tokens: cacheWriteTokens }),
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + outputTokens,
  };
}
