import type { Usage } from "../../../core/outcome.ts";
import { scanObject } from "../../../lib/json/json-splice.ts";

/** More than the longest context of any model. A number beyond it is a fault, and no one is charged for it. */
const mostTokens = 2 ** 24;

/**
 * Reads what a response used.
 * @param response A response, or what holds one, as JSON.
 * @returns Undefined where it does not tell.
 */
export function readResponsesUsage(response: Buffer): Usage | undefined {
  const members = scanObject(response);
  const usage = members?.findLast(({ key }) => key === "usage");
  if (usage !== undefined) return readUsageAt(response, usage.valueStart, usage.valueEnd);
  const inner = members?.findLast(({ key }) => key === "response");
  return inner === undefined ? undefined : readResponsesUsage(response.subarray(inner.valueStart, inner.valueEnd));
}

/** The same of where its member `usage` stands. */
export function readUsageAt(response: Buffer, start: number, end: number): Usage | undefined {
  return usageOf(parsed(response, start, end));
}

/** The same of a member `usage` that was parsed. */
export function usageOf(value: unknown): Usage | undefined {
  if (!isFields(value)) return undefined;
  const input = countOf(value["input_tokens"]);
  const output = countOf(value["output_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  const [promptTokens, outputTokens] = [input ?? 0, output ?? 0];
  const read = isFields(value["input_tokens_details"]) ? value["input_tokens_details"] : {};
  const written = isFields(value["output_tokens_details"]) ? value["output_tokens_details"] : {};
  const cacheWriteTokens = Math.min(countOf(read["cache_write_tokens"]) ?? 0, promptTokens);
  const cachedTokens = Math.min(countOf(read["cached_tokens"]) ?? 0, promptTokens - cacheWriteTokens);
  const reasoningTokens = Math.min(countOf(written["reasoning_tokens"]) ?? 0, outputTokens);
  return {
    promptTokens,
    outputTokens,
    ...(cachedTokens > 0 ? { cachedTokens } : {}),
    ...(cacheWriteTokens > 0 ? { cacheWriteTokens } : {}),
    ...(reasoningTokens > 0 ? { reasoningTokens } : {}),
  };
}

function countOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= mostTokens ? Math.ceil(value) : undefined;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(json: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(json.toString("utf8", start, end)) as unknown;
  } catch {
    return undefined;
  }
}
