import type { ServiceImpl } from "@connectrpc/connect";
import { ChatCompletionRequestSchema, ChatCompletionResponseSchema, type ChatService } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { bodyOf } from "./chat-call.ts";
import { readServiceCall, type ChatServiceOptions } from "./service-call.ts";
import { answerWhole } from "./whole-answer.ts";

/** `ChatCompletion`: one call, answered whole. */
export function chatCompletion(options: ChatServiceOptions): ServiceImpl<typeof ChatService>["chatCompletion"] {
  return (request, context) => {
    const body = bodyOf(ChatCompletionRequestSchema, request);
    const call = readServiceCall(options, body, { endpoint: "chat", stream: false }, context);
    return answerWhole(options, call, ChatCompletionResponseSchema, context);
  };
}
