import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { DecodedReply } from "../../../core/provider.ts";
import type { JsonMember } from "../../../lib/json/json-text.ts";
import { withFiniteNumbers } from "../../../lib/json/finite-numbers.ts";
import { scanObject, spliceObject } from "../../../lib/json/json-splice.ts";
import { classifyInlineError, type ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { hasBaseRespError, hasFailed, isFilteredAway } from "./choice-end.ts";
import { modelJson } from "./model-json.ts";
import { countText } from "../usage/count-text.ts";
import { readUsage } from "../usage/read-usage.ts";

/**
 * Reads a whole reply in OpenAI's JSON: its usage, and the place of the model's name, which becomes the caller's. The reply is scanned and not
 * parsed, so that a batch of embeddings costs little. A reply that was cut short, or that lacks its main part, is refused. Numbers that JSON
 * does not have become null.
 */
export function readReply(call: Call, source: ErrorSource, received: Buffer): DecodedReply | RouterError {
  const body = withFiniteNumbers(received);
  const members = scanObject(body);
  if (members === undefined) return malformed(source, "that is not a whole JSON object");
  const main = call.endpoint === "embeddings" ? "data" : "choices";
  const answer = members.findLast((member) => member.key === main);
  if (answer === undefined || isEmpty(body, answer, main) || members.some((member) => isError(body, member))) {
    // Some gateways answer 200 with an error in the body.
    const error = inlineError(body);
    return error === undefined ? malformed(source, `without \`${main}\``) : classifyInlineError(source, error, call);
  }
  const usage = readUsage(parseMember(body, members, "usage"), call.endpoint);
  if (main === "data") return { format: openAiFormat, body: withModel(body, members, modelJson(call)), usage };
  const end = readEnd(body, answer);
  if (end.kind === "failed") return classifyInlineError(source, end.error, call);
  const text = usage === undefined ? textOf(body, answer) : undefined;
  const reply = { format: openAiFormat, body: withModel(body, members, modelJson(call)), usage, text };
  return end.kind === "filtered" ? { ...reply, isFiltered: true } : reply;
}

/** Whether the main part holds nothing. No answer is `[]`; no embeddings may well be. */
function isEmpty(body: Buffer, { valueStart, valueEnd }: JsonMember, main: "data" | "choices"): boolean {
  if (body[valueStart] !== openBracket) return true;
  if (main === "data") return false;
  for (let at = valueStart + 1; at < valueEnd; at++) if (!isSpace(body[at])) return body[at] === closeBracket;
  return true;
}

const [openBracket, closeBracket, letterN] = [0x5b, 0x5d, 0x6e];

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Whether a member of the reply tells of an error: beside an answer too, which is none then. */
function isError(body: Buffer, { key, valueStart, valueEnd }: JsonMember): boolean {
  if (key === "error")
    return (
      body[valueStart] !== letterN &&
      !/^(?:\{\s*\}|""|false)$/.test(body.toString("latin1", valueStart, Math.min(valueEnd, valueStart + 16)))
    );
  return key === "base_resp" && hasBaseRespError(parsed(body.subarray(valueStart, valueEnd)));
}

/** The reply parsed, where it tells of an error. */
function inlineError(body: Buffer): unknown {
  const reply = parsed(body);
  if (typeof reply !== "object" || reply === null) return undefined;
  const { error, errors, base_resp: told, object } = reply as Readonly<Record<string, unknown>>;
  return (error ?? errors ?? undefined) !== undefined || object === "error" || hasBaseRespError(told) ? reply : undefined;
}

type AnswerEnd = { readonly kind: "whole" | "filtered" } | { readonly kind: "failed"; readonly error: unknown };

const wholeAnswer: AnswerEnd = { kind: "whole" };
const [errorToken, filterToken] = [Buffer.from('"error"'), Buffer.from('"content_filter"')];

/** How the answer ended. Only one that may have ended badly is parsed: inside a text, the quotes of these words are escaped. */
function readEnd(body: Buffer, { valueStart, valueEnd }: JsonMember): AnswerEnd {
  const choices = body.subarray(valueStart, valueEnd);
  const [mayHaveFailed, mayBeFiltered] = [choices.includes(errorToken), choices.includes(filterToken)];
  if (!mayHaveFailed && !mayBeFiltered) return wholeAnswer;
  const list = parsed(choices);
  if (!Array.isArray(list)) return wholeAnswer;
  const failed = list.find(hasFailed) as unknown;
  if (failed !== undefined) return { kind: "failed", error: { choices: [failed] } };
  return list.every(isFilteredAway) ? { kind: "filtered" } : wholeAnswer;
}

function parsed(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** Puts the caller's name for the model in. Makes one copy, or none where the name is the caller's already. */
function withModel(body: Buffer, members: readonly JsonMember[], json: Buffer): Buffer {
  const named = members.filter((member) => member.key === "model");
  const [model] = named;
  if (model === undefined || named.length > 1)
    return Buffer.concat(spliceObject({ bytes: body, members }, { set: new Map([["model", json]]) }));
  const { valueStart, valueEnd } = model;
  if (json.compare(body, valueStart, valueEnd) === 0) return body;
  return Buffer.concat([body.subarray(0, valueStart), json, body.subarray(valueEnd)], body.length - (valueEnd - valueStart) + json.length);
}

/** What the answers hold, for a reply that does not tell what it used. */
function textOf(body: Buffer, { valueStart, valueEnd }: JsonMember): TextCount {
  const text = { pieces: 0, bytes: 0 };
  countText(body, valueStart, valueEnd, text);
  return text;
}

function parseMember(body: Buffer, members: readonly JsonMember[], key: string): unknown {
  const member = members.findLast((candidate) => candidate.key === key);
  if (member === undefined) return undefined;
  try {
    return JSON.parse(body.toString("utf8", member.valueStart, member.valueEnd)) as unknown;
  } catch {
    return undefined;
  }
}

function malformed(source: ErrorSource, what: string): RouterError {
  const { deploymentId } = source;
  return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply ${what}.`, { deploymentId });
}
