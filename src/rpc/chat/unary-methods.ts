import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { ChatCompletionRequestSchema, ChatCompletionResponseSchema, type ChatService } from "../../../gen/huntgroup/v1/chat_pb.ts";
import {
  CreateEmbeddingsRequestSchema,
  CreateEmbeddingsResponseSchema,
  type EmbeddingService,
} from "../../../gen/huntgroup/v1/embedding_pb.ts";
import { RouterError } from "../../core/errors.ts";
import type { RouteInfo } from "../../core/reply-sink.ts";
import { watchCaller } from "../kit/caller-watch.ts";
import { toConnectError } from "../kit/errors.ts";
import { parseReply } from "../protobuf-json/parse-reply.ts";
import { bodyOf } from "./chat-call.ts";
import { routeMetadata } from "./route-metadata.ts";
import { readServiceCall, setResponseHeaders, type ChatServiceOptions, type ServiceCall } from "./service-call.ts";
import { unexpectedAnswer } from "./unexpected-answer.ts";

/** `ChatCompletion`: one call, answered whole. */
export function chatCompletion(options: ChatServiceOptions): ServiceImpl<typeof ChatService>["chatCompletion"] {
  return (request, context) => {
    const body = bodyOf(ChatCompletionRequestSchema, request);
    const call = readServiceCall(options, body, { endpoint: "chat", stream: false }, context);
    return answerWhole(options, call, ChatCompletionResponseSchema, context);
  };
}

/** `CreateEmbeddings`: one call, answered whole. */
export function createEmbeddings(options: ChatServiceOptions): ServiceImpl<typeof EmbeddingService>["createEmbeddings"] {
  return (request, context) => {
    const body = bodyOf(CreateEmbeddingsRequestSchema, request);
    const call = readServiceCall(options, body, { endpoint: "embeddings", stream: false }, context);
    return answerWhole(options, call, CreateEmbeddingsResponseSchema, context);
  };
}

/** Starts a call that is answered whole. @param desc The message of the answer. @returns The answer; rejects with the call's error. */
function answerWhole<Desc extends DescMessage>(
  { router, clock }: ChatServiceOptions,
  { callId, withTrace, call }: ServiceCall,
  desc: Desc,
  context: HandlerContext,
): Promise<MessageShape<Desc>> {
  return new Promise((resolve, reject) => {
    const fail = (error: RouterError, route?: RouteInfo): void => reject(toConnectError(error, routeMetadata(callId, route, withTrace)));
    if (call instanceof RouterError) {
      fail(call);
      return;
    }
    const handle = router.start(call, {
      onReply({ body }, route) {
        stopWatching();
        const response = parseReply(desc, body);
        if (response instanceof RouterError) {
          fail(response, route);
          return;
        }
        setResponseHeaders(context.responseHeader, routeMetadata(callId, route, withTrace));
        resolve(response);
      },
      onFailure(error, route) {
        stopWatching();
        fail(error, route);
      },
      onStreamStart: unexpectedAnswer,
      onStreamEvent: unexpectedAnswer,
      onStreamEnd: unexpectedAnswer,
    });
    const stopWatching = watchCaller(context.signal, clock, (error) => {
      handle.cancel();
      fail(error);
    });
  });
}
