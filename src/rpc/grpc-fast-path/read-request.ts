import { fromBinary, type JsonObject } from "@bufbuild/protobuf";
import { ChatCompletionRequestSchema, type ChatCompletionRequest } from "../../../gen/huntgroup/v1/chat_pb.ts";
import type { RouterError } from "../../core/errors.ts";
import { bodyOf } from "../chat/chat-call.ts";
import { protobufRefusal } from "../protobuf-json/bounded-message.ts";
import { messagePlan } from "../protobuf-json/message-plan.ts";
import { protobufToOpenAi } from "../protobuf-json/protobuf-to-openai.ts";

const plan = messagePlan(ChatCompletionRequestSchema);

/** A request's message as OpenAI's JSON, or why it cannot be written as such. Undefined where the bytes are no such message. */
export function readRequest(message: Buffer): JsonObject | RouterError | undefined {
  const refusal = protobufRefusal(ChatCompletionRequestSchema, message);
  if (refusal !== undefined) return refusal;
  const json = protobufToOpenAi(plan, message);
  if (json !== undefined) return json;
  let request: ChatCompletionRequest;
  try {
    request = fromBinary(ChatCompletionRequestSchema, message);
  } catch {
    return undefined;
  }
  return bodyOf(ChatCompletionRequestSchema, request);
}
