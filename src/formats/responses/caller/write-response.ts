import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { AnswerContext } from "../../../core/format.ts";
import type { DecodedReply, JsonMembers, JsonValue } from "../../../core/provider.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { responsesFormat } from "../kit/format-name.ts";
import { keepAnswer, wantsKept } from "./kept-answers.ts";
import { writeNativeReply } from "./native-answer.ts";
import { ResponseDraft } from "./response-draft.ts";
import { ResponseFrame } from "./response-frame.ts";
import { responseUsage } from "./response-usage.ts";

/** Writes a whole reply as a response: its very bytes, but for the ids and the model, where it is one already. */
export function writeResponse(reply: DecodedReply, call: Call, context: AnswerContext): Buffer | RouterError {
  if (reply.format === responsesFormat) return writeNativeReply(reply, call, context);
  const chat = chatOf(reply.body);
  const choices = chat?.["choices"];
  const choice = Array.isArray(choices) ? (choices as readonly JsonValue[])[0] : undefined;
  const message = isMembers(choice) ? choice["message"] : undefined;
  if (!isMembers(choice) || !isMembers(message)) return new RouterError("upstream_malformed", "The deployment's reply holds no message.");
  const draft = new ResponseDraft(call, () => {});
  draft.read(withPlaces(message), choice["logprobs"]);
  draft.finish(choice["finish_reason"]);
  const { shelf } = context.ids;
  const frame = new ResponseFrame(call, madeAt(chat), shelf !== undefined && wantsKept(call));
  if (typeof chat?.["model"] === "string") frame.model = chat["model"];
  const ended = draft.end();
  keepAnswer(shelf, call, draft.kept);
  return Buffer.from(frame.json({ ...ended, usage: responseUsage(reply.usage), ...tierOf(chat) }));
}

/** When a chat's reply or chunk says that it was made. */
export function madeAt(chat: JsonMembers | undefined): number {
  const created = chat?.["created"];
  return typeof created === "number" ? created : 0;
}

/** How fast the deployment says that it served the call. */
export function tierOf(chat: JsonMembers | undefined): JsonMembers {
  return typeof chat?.["service_tier"] === "string" ? { service_tier: chat["service_tier"] } : {};
}

function chatOf(body: Buffer): JsonMembers | undefined {
  try {
    const reply = parseExact(body.toString()) as JsonValue;
    return isMembers(reply) ? reply : undefined;
  } catch {
    return undefined;
  }
}

/** In a whole message, each call is another one, whatever its id. */
function withPlaces(message: JsonMembers): JsonMembers {
  const { tool_calls: calls } = message;
  if (!Array.isArray(calls)) return message;
  return { ...message, tool_calls: (calls as readonly JsonValue[]).map((one, index) => (isMembers(one) ? { ...one, index } : one)) };
}
