import type { Call } from "../../../../core/call.ts";
import { RouterError } from "../../../../core/errors.ts";
import type { TextCount } from "../../../../core/outcome.ts";
import type { DecodedReply, JsonMembers, JsonValue } from "../../../../core/provider.ts";
import { locateMembers, scanMembers, scanObject, spliceObject } from "../../../../lib/json/json-splice.ts";
import type { JsonMember } from "../../../../lib/json/json-text.ts";
import { isMembers } from "../../../kit/chat/chat-fields.ts";
import { modelJson } from "../../../kit/model-json.ts";
import { classifyInlineError, type ErrorSource } from "../../../kit/upstream-errors/classify-error.ts";
import { readMessageUsage } from "../../usage/read-usage.ts";
import { messagesFormat } from "./messages-format.ts";

const [openBracket, letterR] = [0x5b, 0x72];
const keys = ["content", "model", "usage", "stop_reason"] as const;
/** Where the members of the reply at hand stand. All replies share it, since each is read in one go. */
const spans = new Int32Array(keys.length * 2);

type Span = Pick<JsonMember, "valueStart" | "valueEnd">;

function spanOf(key: (typeof keys)[number]): Span | undefined {
  const at = keys.indexOf(key) * 2;
  const [valueStart = -1, valueEnd = -1] = [spans[at], spans[at + 1]];
  return valueStart === -1 ? undefined : { valueStart, valueEnd };
}

/**
 * Reads a whole message. It is scanned and not parsed, but for its usage; the caller's name for the model is put in, and every other byte stays as it
 * came.
 */
export function readNativeMessage(call: Call, source: ErrorSource, body: Buffer): DecodedReply | RouterError {
  const repeated = locateMembers(body, keys, spans);
  const content = spanOf("content");
  if (repeated === -1 || content === undefined || body[content.valueStart] !== openBracket) return fault(call, source, body, "message");
  const [told, stop, model] = [spanOf("usage"), spanOf("stop_reason"), spanOf("model")];
  const fields = parsedAt(body, told);
  const usage = isMembers(fields) ? readMessageUsage(fields) : undefined;
  const isRefusal = stop !== undefined && body[stop.valueStart + 1] === letterR && parsedAt(body, stop) === "refusal";
  const blocks = isRefusal || usage === undefined ? parsedAt(body, content) : undefined;
  const isFiltered = isRefusal && textOf(blocks).bytes === 0;
  return {
    format: messagesFormat,
    body: repeated === 0 ? withModel(body, model, modelJson(call)) : withModels(body, modelJson(call)),
    usage,
    text: usage === undefined ? textOf(blocks) : undefined,
    ...(isFiltered ? { isFiltered } : {}),
  };
}

/** What was counted costs nothing, and is no use of the deployment's tokens. */
const uncharged = { promptTokens: 0, outputTokens: 0 };

/** Reads how many tokens a request would have. @param key The member that says so. */
export function readTokenCount(call: Call, source: ErrorSource, body: Buffer, key: string): DecodedReply | RouterError {
  const members = scanObject(body);
  const count = parsedAt(body, members && last(members, key));
  if (typeof count !== "number") return fault(call, source, body, "count of tokens");
  const written = key === "input_tokens" ? body : Buffer.from(JSON.stringify({ input_tokens: count }));
  return { format: messagesFormat, body: written, usage: uncharged };
}

function fault(call: Call, source: ErrorSource, body: Buffer, what: string): RouterError {
  const { deploymentId } = source;
  let reply: unknown;
  try {
    reply = JSON.parse(body.toString());
  } catch {
    reply = undefined;
  }
  if (isMembers(reply as JsonValue) && (reply as JsonMembers)["error"] !== undefined) return classifyInlineError(source, reply, call);
  return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply that is no ${what}.`, { deploymentId });
}

function last(members: readonly JsonMember[], key: string): JsonMember | undefined {
  return members.findLast((member) => member.key === key);
}

function parsedAt(body: Buffer, member: Span | undefined): JsonValue | undefined {
  if (member === undefined) return undefined;
  try {
    return JSON.parse(body.toString("utf8", member.valueStart, member.valueEnd)) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Puts the name of the model in. A reply without one gets none. */
function withModel(body: Buffer, model: Span | undefined, json: Buffer): Buffer {
  if (model === undefined || json.compare(body, model.valueStart, model.valueEnd) === 0) return body;
  const { valueStart, valueEnd } = model;
  const copy = Buffer.allocUnsafe(body.length - (valueEnd - valueStart) + json.length);
  body.copy(copy, 0, 0, valueStart);
  copy.set(json, valueStart);
  body.copy(copy, valueStart + json.length, valueEnd);
  return copy;
}

/** The same for a reply with a member twice. */
function withModels(body: Buffer, json: Buffer): Buffer {
  const members = scanMembers(body);
  const isNamed = members.some(({ key }) => key === "model");
  return isNamed ? Buffer.concat(spliceObject({ bytes: body, members }, { set: new Map([["model", json]]) })) : body;
}

/** How much a reader of the answer sees in its blocks. */
function textOf(blocks: JsonValue | undefined): TextCount {
  const text = { pieces: 0, bytes: 0 };
  for (const block of Array.isArray(blocks) ? (blocks as readonly JsonValue[]) : []) {
    if (!isMembers(block)) continue;
    const { text: said, thinking, input } = block;
    const seen = said ?? thinking ?? (input === undefined ? "" : JSON.stringify(input));
    if (typeof seen !== "string" || seen === "") continue;
    text.pieces++;
    text.bytes += Buffer.byteLength(seen);
  }
  return text;
}
