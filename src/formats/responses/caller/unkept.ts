import { RouterError } from "../../../core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** What ids of answers begin with that nobody keeps. */
export const unkeptPrefix = "resp_unkept_";

/** The id of an answer that was made of a chat. It tells who asks for it later why there is none. */
export function unkeptId(callId: string): string {
  return unkeptPrefix + callId.replaceAll("-", "");
}

/** The error of a request that goes on from an answer which was not kept. */
export function notKept(model: string, param: string): RouterError {
  const message =
    `\`${param}\` is not supported for the model ${JSON.stringify(model)}: its deployments keep no answers. ` +
    "Send the whole transcript as `input` instead, with `store` false.";
  return new RouterError("invalid_request", message, { param });
}

/** What the ids of such an answer's items hold, behind the letters for their kind. */
export const unkeptItemMark = "unkept_";
const unkeptReasoning = "rs_unkept_";

/** A request without reasoning that came from a chat: a deployment that has Responses refuses what it has not made itself. */
export function withoutUnkeptReasoning(body: JsonText): JsonText {
  const { bytes, members } = body;
  const input = members.findLast(({ key }) => key === "input");
  if (input === undefined || !bytes.subarray(input.valueStart, input.valueEnd).includes(unkeptReasoning)) return body;
  const items = parseExact(bytes.toString("utf8", input.valueStart, input.valueEnd)) as JsonValue;
  if (!Array.isArray(items)) return body;
  const kept = (items as readonly JsonValue[]).filter((item) => !isMembers(item) || !isUnkeptReasoning(item));
  const whole = Buffer.concat(spliceObject(body, { set: new Map([["input", Buffer.from(JSON.stringify(kept))]]) }));
  return { bytes: whole, members: scanMembers(whole) };
}

function isUnkeptReasoning({ type, id }: JsonMembers): boolean {
  return type === "reasoning" && typeof id === "string" && id.startsWith(unkeptReasoning);
}
