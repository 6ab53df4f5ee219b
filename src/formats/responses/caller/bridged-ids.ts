import { createHash } from "node:crypto";
import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { proofMark, splitProof } from "../../kit/calls/proof-in-id.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** What the ids of answers that were made of a chat, and of their items, hold behind the letters for their kind. */
export const bridgedMark = "_bridged_";
const responsePrefix = `resp${bridgedMark}`;

/**
 * Names an answer that was made of a chat. Callers may give several calls one id, so the moment counts too. Safe in paths, and short: providers take
 * ids of 64 characters.
 */
export function bridgedName({ id, arrivedAt }: Pick<Call, "id" | "arrivedAt">): string {
  return createHash("sha256").update(`${arrivedAt} ${id}`).digest("hex").slice(0, nameLength);
}

const nameLength = 32;

/** @param name By {@link bridgedName}. */
export function bridgedId(name: string): string {
  return responsePrefix + name;
}

/** Whether an id is that of an answer that was made of a chat. */
export function isBridgedId(id: string): boolean {
  return id.startsWith(responsePrefix);
}

/** The name of the answer that an id or an item's id is of; undefined for an id of another kind. */
export function bridgedNameOf(id: string): string | undefined {
  return /^[a-z]{1,8}_bridged_([0-9a-f]{32})(?:_\d{1,9})?$/.exec(id)?.[1];
}

/** The error of a request that goes on from what its deployments do not keep. */
export function notKept(model: string, param: string): RouterError {
  const message =
    `\`${param}\` is not supported for the model ${JSON.stringify(model)}: its deployments keep no answers. ` +
    "Send the whole transcript as `input` instead, with `store` false.";
  return new RouterError("invalid_request", message, { param });
}

const bridgedReasoning = `rs${bridgedMark}`;

/**
 * A request as a deployment that has Responses takes it: without reasoning that came from a chat, which it has not made itself, and without
 * Gemini's proofs within the ids of calls, which make them longer than 64 characters.
 */
export function asNativesTakeIt(body: JsonText): JsonText {
  const { bytes, members } = body;
  const input = members.findLast(({ key }) => key === "input");
  const text = input === undefined ? undefined : bytes.subarray(input.valueStart, input.valueEnd);
  if (text === undefined || !(text.includes(bridgedReasoning) || text.includes(proofMark))) return body;
  const items = parseExact(text.toString()) as JsonValue;
  if (!Array.isArray(items)) return body;
  const kept = (items as readonly JsonValue[]).filter((item) => !isMembers(item) || !isBridgedReasoning(item)).map(withoutProof);
  const whole = Buffer.concat(spliceObject(body, { set: new Map([["input", Buffer.from(JSON.stringify(kept))]]) }));
  return { bytes: whole, members: scanMembers(whole) };
}

function isBridgedReasoning({ type, id }: JsonMembers): boolean {
  return type === "reasoning" && typeof id === "string" && id.startsWith(bridgedReasoning);
}

function withoutProof(item: JsonValue): JsonValue {
  if (!isMembers(item) || typeof item["call_id"] !== "string") return item;
  return { ...item, call_id: splitProof(item["call_id"]).id };
}
