import { fromBinary, type JsonObject } from "@bufbuild/protobuf";
import { ChatCompletionRequestSchema, type ChatCompletionRequest } from "../../../gen/huntgroup/v1/chat_pb.ts";
import type { RouterError } from "../../core/errors.ts";
import { chatBody } from "../chat-call.ts";

/** A request's message as OpenAI's JSON, or why there is no such JSON; undefined: it is no such message. */
export function readRequest(message: Buffer): JsonObject | RouterError | undefined {
  let request: ChatCompletionRequest;
  try {
    request = fromBinary(ChatCompletionRequestSchema, message);
  } catch {
    return undefined;
  }
  return chatBody(request);
}
