import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { DecodedReply } from "../../../core/provider.ts";
import type { JsonMember } from "../../../lib/json/json-text.ts";
import { withFiniteNumbers } from "../../../lib/json/finite-numbers.ts";
import { locateMembers, mayHaveOddNumbers, scanObject, spliceObject } from "../../../lib/json/json-splice.ts";
import { classifyInlineError, type ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { hasBaseRespError, hasFailed, isFilteredAway, onlyOne } from "./choice-end.ts";
import { modelJson } from "../../kit/model-json.ts";
import { countText } from "../usage/count-text.ts";
import { readUsage } from "../usage/read-usage.ts";

const keys = ["choices", "data", "model", "usage", "error", "base_resp"] as const;
/** Where the members of the reply at hand stand. All replies share it, since each is read in one go. */
const spans = new Int32Array(keys.length * 2);

type Span = Pick<JsonMember, "valueStart" | "valueEnd">;

function spanOf(key: (typeof keys)[number]): Span | undefined {
  const at = keys.indexOf(key) * 2;
  const [valueStart = -1, valueEnd = -1] = [spans[at], spans[at + 1]];
  return valueStart === -1 ? undefined : { valueStart, valueEnd };
}

/**
 * Reads a whole reply in OpenAI's JSON: its usage, and the place of the model's name, which becomes the caller's. The reply is scanned and not
 * parsed, so that a batch of embeddings costs little. A reply that was cut short, or that lacks its main part, is refused. Numbers that JSON
 * does not have become null.
 */
export function readReply(call: Call, source: ErrorSource, received: Buffer): DecodedReply | RouterError {
  let body = received;
  let repeated = locateMembers(body, keys, spans);
  if (mayHaveOddNumbers()) {
    body = withFiniteNumbers(received);
    repeated = locateMembers(body, keys, spans);
  }
  if (repeated === -1) {
    const error = body[0] === openBracket ? inlineError(body) : undefined;
    return error === undefined ? malformed(source, "that is not a whole JSON object") : classifyInlineError(source, error, call);
  }
  const main = call.endpoint === "embeddings" ? "data" : "choices";
  const answer = spanOf(main);
  const [model, told] = [spanOf("model"), spanOf("usage")];
  if (answer === undefined || isEmpty(body, answer, main) || tellsError(body, repeated > 0)) {
    // Some gateways answer 200 with an error in the body.
    const error = inlineError(body);
    return error === undefined ? malformed(source, `without \`${main}\``) : classifyInlineError(source, error, call);
  }
  const usage = told === undefined ? undefined : readUsage(parsed(body, told), call.endpoint);
  const answered = withModel(body, repeated > 0 ? undefined : model, modelJson(call));
  if (main === "data") return { format: openAiFormat, body: answered, usage };
  const end = readEnd(body, answer);
  if (end.kind === "failed") return classifyInlineError(source, end.error, call);
  const text = usage === undefined ? textOf(body, answer) : undefined;
  const reply = { format: openAiFormat, body: answered, usage, text };
  return end.kind === "filtered" ? { ...reply, isFiltered: true } : reply;
}

/** Whether the main part holds nothing. No answer is `[]`; no embeddings may well be. */
function isEmpty(body: Buffer, { valueStart, valueEnd }: Span, main: "data" | "choices"): boolean {
  if (body[valueStart] !== openBracket) return true;
  if (main === "data") return false;
  for (let at = valueStart + 1; at < valueEnd; at++) if (!isSpace(body[at])) return body[at] === closeBracket;
  return true;
}

const [openBracket, closeBracket, letterN] = [0x5b, 0x5d, 0x6e];

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Whether any member of the reply tells of an error: beside an answer too, which is none then. */
function tellsError(body: Buffer, isAnyRepeated: boolean): boolean {
  if (isAnyRepeated) {
    const all = scanObject(body) ?? [];
    return all.some((member) => (member.key === "error" ? isError(body, member) : member.key === "base_resp" && isBadBase(body, member)));
  }
  const [error, base] = [spanOf("error"), spanOf("base_resp")];
  return (error !== undefined && isError(body, error)) || (base !== undefined && isBadBase(body, base));
}

function isError(body: Buffer, { valueStart, valueEnd }: Span): boolean {
  return (
    body[valueStart] !== letterN && !/^(?:\{\s*\}|""|false)$/.test(body.toString("latin1", valueStart, Math.min(valueEnd, valueStart + 16)))
  );
}

function isBadBase(body: Buffer, at: Span): boolean {
  return hasBaseRespError(parsed(body, at));
}

/** The reply parsed, where it tells of an error. */
function inlineError(body: Buffer): unknown {
  const reply = onlyOne(parsed(body, { valueStart: 0, valueEnd: body.length }));
  if (typeof reply !== "object" || reply === null) return undefined;
  const { error, errors, base_resp: told, object } = reply as Readonly<Record<string, unknown>>;
  return (error ?? errors ?? undefined) !== undefined || object === "error" || hasBaseRespError(told) ? reply : undefined;
}

type AnswerEnd = { readonly kind: "whole" | "filtered" } | { readonly kind: "failed"; readonly error: unknown };

const wholeAnswer: AnswerEnd = { kind: "whole" };
const [errorToken, filterToken] = ['"error"', '"content_filter"'];
/** Both end so, and few other names and words do: one search says that neither is there. */
const endOfTokens = 'r"';

/** How the answer ended. Only one that may have ended badly is parsed: inside a text, the quotes of these words are escaped. */
function readEnd(body: Buffer, at: Span): AnswerEnd {
  const { valueStart, valueEnd } = at;
  if (!isWithin(body, endOfTokens, at)) return wholeAnswer;
  const choices = body.subarray(valueStart, valueEnd);
  if (!choices.includes(errorToken, 0, "latin1") && !choices.includes(filterToken, 0, "latin1")) return wholeAnswer;
  const list = parsed(body, at);
  if (!Array.isArray(list)) return wholeAnswer;
  const failed = list.find(hasFailed) as unknown;
  if (failed !== undefined) return { kind: "failed", error: { choices: [failed] } };
  return list.every(isFilteredAway) ? { kind: "filtered" } : wholeAnswer;
}

function isWithin(body: Buffer, token: string, { valueStart, valueEnd }: Span): boolean {
  const at = body.indexOf(token, valueStart, "latin1");
  return at !== -1 && at < valueEnd;
}

function parsed(json: Buffer, { valueStart, valueEnd }: Span): unknown {
  try {
    return JSON.parse(json.toString("utf8", valueStart, valueEnd)) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Puts the caller's name for the model in. Makes one copy, or none where the name is the caller's already.
 * @param model Where the name stands. Undefined where it does not, or where it may stand more than once.
 */
function withModel(body: Buffer, model: Span | undefined, json: Buffer): Buffer {
  if (model === undefined)
    return Buffer.concat(spliceObject({ bytes: body, members: scanObject(body) ?? [] }, { set: new Map([["model", json]]) }));
  const { valueStart, valueEnd } = model;
  if (json.length === valueEnd - valueStart && json.compare(body, valueStart, valueEnd) === 0) return body;
  const copy = Buffer.allocUnsafe(body.length - (valueEnd - valueStart) + json.length);
  body.copy(copy, 0, 0, valueStart);
  copy.set(json, valueStart);
  body.copy(copy, valueStart + json.length, valueEnd);
  return copy;
}

/** What the answers hold, for a reply that does not tell what it used. */
function textOf(body: Buffer, { valueStart, valueEnd }: Span): TextCount {
  const text = { pieces: 0, bytes: 0 };
  countText(body, valueStart, valueEnd, text);
  return text;
}

function malformed(source: ErrorSource, what: string): RouterError {
  const { deploymentId } = source;
  return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply ${what}.`, { deploymentId });
}
