import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { RouterError } from "../../core/errors.ts";
import type { RouteInfo } from "../../core/reply-sink.ts";
import { watchCaller } from "../kit/caller-watch.ts";
import { toConnectError } from "../kit/errors.ts";
import { parseReply } from "../protobuf-json/parse-reply.ts";
import { routeMetadata } from "./route-metadata.ts";
import { setResponseHeaders, type ChatServiceOptions, type ServiceCall } from "./service-call.ts";
import { unexpectedAnswer } from "./unexpected-answer.ts";

/** Starts a call that is answered whole. @param desc The message of the answer. @returns The answer; rejects with the call's error. */
export function answerWhole<Desc extends DescMessage>(
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
