import type { Endpoint } from "../../../core/endpoints.ts";
import type { Usage } from "../../../core/outcome.ts";

/** More than the longest context of any model, and than the largest batch. A number beyond it is a fault, and no one is charged for it. */
const mostTokens = 2 ** 24;

/**
 * Reads a `usage` object, in OpenAI's names and in those of hosts that have their own. Numbers may be texts; where one is more than any
 * request can have used, nothing there is believed. What a host counts beside the prompt or the answer (caches, reasoning) is part of it here.
 * @returns undefined where it tells nothing.
 */
export function readUsage(value: unknown, endpoint: Endpoint = "chat"): Usage | undefined {
  const all = fieldsOf(value);
  if (all === undefined) return undefined;
  if (isPlain(all)) return { promptTokens: all.prompt_tokens, outputTokens: all.completion_tokens };
  // Cohere counts under `tokens`, and what it bills under `billed_units`.
  const fields = fieldsOf(all["tokens"]) ?? fieldsOf(all["billed_units"]) ?? all;
  if (mainNames.some((name) => isBeyondSense(fields[name]))) return undefined;
  const total = first(fields, totalNames);
  const toldOutput = readOutput(fields);
  const input = readInput(fields);
  if (input.tokens === undefined && toldOutput === undefined) {
    // Without an answer, all is the prompt.
    return total === undefined || endpoint !== "embeddings" ? undefined : { promptTokens: total, outputTokens: 0 };
  }
  const promptTokens = input.tokens ?? Math.max((total ?? 0) - (toldOutput ?? 0), 0);
  // What the sum has besides is output that was not counted with it: reasoning, as a rule.
  const beside = endpoint === "embeddings" ? 0 : (total ?? 0) - promptTokens;
  const outputTokens = Math.max(toldOutput ?? 0, beside);
  const reasoningTokens = Math.min(readReasoning(fields) ?? 0, outputTokens);
  const cacheWriteTokens = Math.min(input.written, promptTokens);
  const longCacheWriteTokens = Math.min(keptForAnHour(fields), cacheWriteTokens);
  const cachedTokens = Math.min(input.cached, promptTokens - cacheWriteTokens);
  return {
    promptTokens,
    outputTokens,
    ...(cachedTokens > 0 ? { cachedTokens } : {}),
    ...(cacheWriteTokens > 0 ? { cacheWriteTokens } : {}),
    ...(longCacheWriteTokens > 0 ? { longCacheWriteTokens } : {}),
    ...(reasoningTokens > 0 ? { reasoningTokens } : {}),
  };
}

type Fields = Readonly<Record<string, unknown>>;

interface PlainUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

/** Whether there are three numbers that add up and nothing besides, as most hosts have it: no other name need be looked for. */
function isPlain(fields: Fields): fields is Fields & PlainUsage {
  const { prompt_tokens: prompt, completion_tokens: output, total_tokens: total } = fields;
  if (!isCount(prompt) || !isCount(output) || total !== prompt + output) return false;
  let names = 0;
  for (const name in fields) if (Object.hasOwn(fields, name) && ++names > 3) return false;
  return true;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= mostTokens;
}

const totalNames = ["total_tokens", "totalTokens", "totalTokenCount"];
/** Names of a prompt that holds what its cache read and wrote, as a rule. */
const wholeInputNames = ["prompt_tokens", "promptTokens", "promptTokenCount"];
/** Names of a prompt beside which Anthropic and Bedrock count the cache, and OpenAI's Responses do not. */
const inputNames = ["input_tokens", "inputTokens"];
const outputNames = ["completion_tokens", "output_tokens", "completionTokens", "outputTokens"];
const mainNames = [...totalNames, ...wholeInputNames, ...inputNames, ...outputNames];
const inputDetailNames = ["prompt_tokens_details", "input_tokens_details"];
const outputDetailNames = ["completion_tokens_details", "output_tokens_details"];
/** Told inside the details, or beside a prompt that holds them. */
const cachedNames = ["cached_tokens", "prompt_cache_hit_tokens", "cachedContentTokenCount"];
/** Told by Anthropic, Bedrock and what imitates them. */
const readNames = ["cache_read_input_tokens", "cacheReadInputTokens", "cacheReadInputTokenCount"];
const writtenNames = [
  "cache_creation_input_tokens",
  "cacheWriteInputTokens",
  "cacheWriteInputTokenCount",
  "cache_creation_tokens",
  "cache_write_tokens",
];

interface Input {
  readonly tokens: number | undefined;
  readonly cached: number;
  readonly written: number;
}

function readInput(fields: Fields): Input {
  const details = detailsOf(fields, inputDetailNames);
  const read = first(fields, readNames);
  const cached = first(details, cachedNames) ?? first(details, readNames) ?? first(fields, cachedNames) ?? read ?? 0;
  const written = first(fields, writtenNames) ?? first(details, writtenNames) ?? writtenByLifetime(fields) ?? 0;
  const whole = first(fields, wholeInputNames);
  const partial = whole ?? first(fields, inputNames);
  if (partial === undefined) return { tokens: undefined, cached, written };
  const isBeside = (whole === undefined && details === none) || cached + written > partial;
  const tokens = partial + (isBeside ? cached + written : 0) + (first(fields, ["toolUsePromptTokenCount"]) ?? 0);
  return { tokens, cached, written };
}

/** Anthropic tells what a cache wrote by how long it is kept, too. */
function writtenByLifetime(fields: Fields): number | undefined {
  const parts = fieldsOf(fields["cache_creation"]);
  if (parts === undefined) return undefined;
  return (first(parts, ["ephemeral_5m_input_tokens"]) ?? 0) + (first(parts, ["ephemeral_1h_input_tokens"]) ?? 0);
}

function keptForAnHour(fields: Fields): number {
  return first(fieldsOf(fields["cache_creation"]) ?? none, ["ephemeral_1h_input_tokens"]) ?? 0;
}

function readOutput(fields: Fields): number | undefined {
  const answer = first(fields, ["candidatesTokenCount", "responseTokenCount"]);
  const thoughts = first(fields, ["thoughtsTokenCount"]);
  if (answer !== undefined || thoughts !== undefined) return (answer ?? 0) + (thoughts ?? 0);
  const told = first(fields, outputNames);
  const reasoning = readReasoning(fields) ?? 0;
  if (told === undefined) return reasoning > 0 ? reasoning : undefined;
  // More reasoning than output cannot be a part of it.
  return reasoning > told ? told + reasoning : told;
}

function readReasoning(fields: Fields): number | undefined {
  const names = ["reasoning_tokens", "reasoningTokens", "thoughtsTokenCount"];
  return first(detailsOf(fields, outputDetailNames), names) ?? first(fields, names);
}

const none: Fields = {};

function detailsOf(fields: Fields, names: readonly string[]): Fields {
  for (const name of names) {
    const details = fieldsOf(fields[name]);
    if (details !== undefined) return details;
  }
  return none;
}

function first(fields: Fields, names: readonly string[]): number | undefined {
  for (const name of names) {
    const count = countOf(fields[name]);
    if (count !== undefined) return count;
  }
  return undefined;
}

function countOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number >= 0 && number <= mostTokens ? Math.ceil(number) : undefined;
}

function isBeyondSense(value: unknown): boolean {
  const number = numberOf(value);
  return number < 0 || number > mostTokens;
}

/** @returns NaN for what is no number. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d{1,400}(?:\.\d{1,9})?$/.test(value) ? Number(value) : Number.NaN;
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
