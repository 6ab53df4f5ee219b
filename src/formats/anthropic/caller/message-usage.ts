import type { Usage } from "../../../core/outcome.ts";
import type { JsonMembers } from "../../../core/provider.ts";

const nothing: Usage = { promptTokens: 0, outputTokens: 0 };

/** A usage as Messages tell it: what caches read and wrote is no part of the input. @param usage Undefined where nothing was told. */
export function messageUsage(usage: Usage = nothing): JsonMembers {
  const {
    promptTokens,
    outputTokens,
    cachedTokens = 0,
    cacheWriteTokens = 0,
    longCacheWriteTokens = 0,
    reasoningTokens,
    webSearches,
  } = usage;
  return {
    input_tokens: Math.max(promptTokens - cachedTokens - cacheWriteTokens, 0),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedTokens,
    output_tokens: outputTokens,
    ...(cacheWriteTokens === 0
      ? {}
      : {
          cache_creation: {
            ephemeral_5m_input_tokens: cacheWriteTokens - longCacheWriteTokens,
            ephemeral_1h_input_tokens: longCacheWriteTokens,
          },
        }),
    ...(reasoningTokens === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
    ...(webSearches === undefined ? {} : { server_tool_use: { web_search_requests: webSearches } }),
  };
}
