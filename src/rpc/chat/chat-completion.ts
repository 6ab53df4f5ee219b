import type { ServiceImpl } from "@connectrpc/connect";
import { ChatCompletionResponseSchema, type ChatCompletionResponse, type ChatService } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { RouterError } from "../../core/errors.ts";
import type { RouteInfo } from "../../core/reply-sink.ts";
import { watchCaller } from "../kit/caller-watch.ts";
import { toConnectError } from "../kit/errors.ts";
import { parseReply } from "../protobuf-json/parse-reply.ts";
import { routeMetadata } from "./route-metadata.ts";
import { readServiceCall, setResponseHeaders, type ChatServiceOptions } from "./service-call.ts";
import { unexpectedAnswer } from "./unexpected-answer.ts";

/** `ChatCompletion`: one call, answered whole. */
export function chatCompletion(options: ChatServiceOptions): ServiceImpl<typeof ChatService>["chatCompletion"] {
  const { router, clock } = options;
  return (request, context) => {
    const { callId, withTrace, call } = readServiceCall(options, request, false, context);
    return new Promise<ChatCompletionResponse>((resolve, reject) => {
      const fail = (error: RouterError, route?: RouteInfo): void => reject(toConnectError(error, routeMetadata(callId, route, withTrace)));
      if (call instanceof RouterError) {
        fail(call);
        return;
      }
      const handle = router.start(call, {
        onReply({ body }, route) {
          stopWatching();
          const response = parseReply(ChatCompletionResponseSchema, body);
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
  };
}
