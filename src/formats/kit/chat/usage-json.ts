import type { Usage } from "../../../core/outcome.ts";

/** Writes a usage as OpenAI's JSON has it, with what caches read and wrote, and searches in the web, also by the names that Anthropic's callers know. */
export function usageJson(usage: Usage): string {
  const { promptTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens, webSearches } = usage;
  let json = `{"prompt_tokens":${promptTokens},"completion_tokens":${outputTokens},"total_tokens":${promptTokens + outputTokens}`;
  if (cachedTokens !== undefined || cacheWriteTokens !== undefined) {
    const written = cacheWriteTokens === undefined ? "" : `,"cache_creation_tokens":${cacheWriteTokens}`;
    json += `,"prompt_tokens_details":{"cached_tokens":${cachedTokens ?? 0}${written}}`;
  }
  if (reasoningTokens !== undefined) json += `,"completion_tokens_details":{"reasoning_tokens":${reasoningTokens}}`;
  if (cachedTokens !== undefined) json += `,"cache_read_input_tokens":${cachedTokens}`;
  if (cacheWriteTokens !== undefined) json += `,"cache_creation_input_tokens":${cacheWriteTokens}`;
  if (webSearches !== undefined) json += `,"server_tool_use":{"web_search_requests":${webSearches}}`;
  return `${json}}`;
}
