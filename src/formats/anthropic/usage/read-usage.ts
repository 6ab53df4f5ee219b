import type { Usage } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** More than any request can use: a number beyond it is a fault, and no one is charged for it. */
const mostTokens = 2 ** 24;

/**
 * Lays what a stream tells of its usage over what it told before: counts are of the whole request each time, and what is left out stays.
 * @param later As Anthropic tells it; anything else changes nothing.
 */
export function overlayUsage(earlier: JsonMembers, later: JsonValue | undefined): JsonMembers {
  if (!isMembers(later)) return earlier;
  const told = Object.entries(later).filter(([, value]) => value !== null);
  return told.length === 0 ? earlier : { ...earlier, ...Object.fromEntries(told) };
}

/** Reads Anthropic's usage, whose input does not count what caches read and wrote. @returns undefined where it tells nothing. */
export function readMessageUsage(fields: JsonMembers): Usage | undefined {
  const input = countAt(fields, "input_tokens");
  const output = countAt(fields, "output_tokens");
  if (input === undefined && output === undefined) return undefined;
  const cached = countAt(fields, "cache_read_input_tokens") ?? 0;
  const written = countAt(fields, "cache_creation_input_tokens") ?? 0;
  const lifetimes = fields["cache_creation"];
  const long = isMembers(lifetimes) ? Math.min(countAt(lifetimes, "ephemeral_1h_input_tokens") ?? 0, written) : 0;
  const details = fields["output_tokens_details"];
  const served = fields["server_tool_use"];
  const searches = isMembers(served) ? (countAt(served, "web_search_requests") ?? 0) : 0;
  const reasoning = isMembers(details) ? (countAt(details, "thinking_tokens") ?? 0) : 0;
  return {
    promptTokens: (input ?? 0) + cached + written,
    outputTokens: output ?? 0,
    // What a cache read is no part of Anthropic's limits of input tokens.
    ...(cached > 0 ? { cachedTokens: cached, unlimitedTokens: cached } : {}),
    ...(written > 0 ? { cacheWriteTokens: written } : {}),
    ...(long > 0 ? { longCacheWriteTokens: long } : {}),
    ...(reasoning > 0 ? { reasoningTokens: reasoning } : {}),
    ...(searches > 0 ? { webSearches: searches } : {}),
  };
}

function countAt(fields: JsonMembers, name: string): number | undefined {
  const value = fields[name];
  return typeof value === "number" && value >= 0 && value <= mostTokens ? Math.floor(value) : undefined;
}
