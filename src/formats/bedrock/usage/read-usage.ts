import type { Usage } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** More than any request can use: a number beyond it is a fault, and no one is charged for it. */
const mostTokens = 2 ** 24;

/**
 * Reads Converse's usage, whose input does not count what caches read and wrote. Its own total is not read: what that counts is not said.
 * @param fields `additionalModelResponseFields`, in which Claude tells how much it thought.
 * @returns undefined where it tells nothing.
 */
export function readConverseUsage(usage: JsonValue | undefined, fields?: JsonValue): Usage | undefined {
  if (!isMembers(usage)) return undefined;
  const input = countAt(usage, "inputTokens");
  const output = countAt(usage, "outputTokens");
  if (input === undefined && output === undefined) return undefined;
  const cached = countAt(usage, "cacheReadInputTokens") ?? countAt(usage, "cacheReadInputTokenCount") ?? 0;
  const written = countAt(usage, "cacheWriteInputTokens") ?? countAt(usage, "cacheWriteInputTokenCount") ?? 0;
  const long = Math.min(keptForAnHour(usage["cacheDetails"]), written);
  const reasoning = Math.min(thoughtTokens(fields) ?? 0, output ?? 0);
  return {
    promptTokens: (input ?? 0) + cached + written,
    outputTokens: output ?? 0,
    // What a cache read is no part of Bedrock's quotas of tokens.
    ...(cached > 0 ? { cachedTokens: cached, unlimitedTokens: cached } : {}),
    ...(written > 0 ? { cacheWriteTokens: written } : {}),
    ...(long > 0 ? { longCacheWriteTokens: long } : {}),
    ...(reasoning > 0 ? { reasoningTokens: reasoning } : {}),
  };
}

/** What a cache wrote is told by how long it is kept, too. */
function keptForAnHour(details: JsonValue | undefined): number {
  const parts = Array.isArray(details) ? (details as readonly JsonValue[]) : [];
  return parts.reduce<number>(
    (sum, part) => (isMembers(part) && part["ttl"] === "1h" ? sum + (countAt(part, "inputTokens") ?? 0) : sum),
    0,
  );
}

function thoughtTokens(fields: JsonValue | undefined): number | undefined {
  const usage = isMembers(fields) ? fields["usage"] : undefined;
  const details = isMembers(usage) ? usage["output_tokens_details"] : undefined;
  return isMembers(details) ? countAt(details, "thinking_tokens") : undefined;
}

function countAt(fields: JsonMembers, name: string): number | undefined {
  const value = fields[name];
  return typeof value === "number" && value >= 0 && value <= mostTokens ? Math.floor(value) : undefined;
}
