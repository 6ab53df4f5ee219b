import type { Usage } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** More than any request can use: a number beyond it is a fault, and no one is charged for it. */
const mostTokens = 2 ** 24;

/**
 * Reads Gemini's `usageMetadata`, whose prompt counts what its cache read, and whose answer does not count its thoughts.
 * @param isSearched Whether the answer rests on a search of Google: what that put into the prompt costs nothing.
 * @returns Undefined where it tells nothing.
 */
export function readContentUsage(value: JsonValue | undefined, isSearched: boolean): Usage | undefined {
  if (!isMembers(value)) return undefined;
  const prompt = countAt(value, "promptTokenCount");
  const answer = countAt(value, "candidatesTokenCount");
  const total = countAt(value, "totalTokenCount");
  if (prompt === undefined && answer === undefined && total === undefined) return undefined;
  const thoughts = countAt(value, "thoughtsTokenCount") ?? 0;
  const ofTools = countAt(value, "toolUsePromptTokenCount") ?? 0;
  const input = prompt ?? 0;
  // Some count the thoughts as a part of the answer: then the sum has no room for them.
  const holdsThoughts = answer !== undefined && thoughts <= answer && total === input + answer + ofTools;
  const output = answer === undefined ? Math.max((total ?? 0) - input - ofTools, thoughts) : answer + (holdsThoughts ? 0 : thoughts);
  const cached = Math.min(countAt(value, "cachedContentTokenCount") ?? 0, input);
  return {
    promptTokens: input + (isSearched ? 0 : ofTools),
    outputTokens: output,
    ...(cached > 0 ? { cachedTokens: cached } : {}),
    ...(thoughts > 0 ? { reasoningTokens: Math.min(thoughts, output) } : {}),
  };
}

function countAt(fields: JsonMembers, name: string): number | undefined {
  const value = fields[name];
  return typeof value === "number" && value >= 0 && value <= mostTokens ? Math.floor(value) : undefined;
}
