import type { ConnectError, ServiceImpl } from "@connectrpc/connect";
import {
  ChatCompletionRequestSchema,
  ChatCompletionStreamResponseSchema,
  type ChatCompletionStreamResponse,
  type ChatService,
} from "../../../gen/huntgroup/v1/chat_pb.ts";
import { RouterError } from "../../core/errors.ts";
import type { CallHandle, RouteInfo } from "../../core/reply-sink.ts";
import { watchCaller } from "../kit/caller-watch.ts";
import { openEarlyContext } from "../kit/early-headers.ts";
import { toConnectError } from "../kit/errors.ts";
import { StreamQueue } from "../kit/stream-queue.ts";
import { parseReply } from "../protobuf-json/parse-reply.ts";
import { bodyOf } from "./chat-call.ts";
import { lateMetadata, routeMetadata } from "./route-metadata.ts";
import { readServiceCall, setResponseHeaders, type ChatServiceOptions } from "./service-call.ts";
import { unexpectedAnswer } from "./unexpected-answer.ts";

/** Pieces that wait for a slow caller before the deployment is asked to pause: some hundred tokens, a few tens of kilobytes. */
const streamQueueCapacity = 128;

/** `ChatCompletionStream`: one call, answered piece by piece. */
export function chatCompletionStream(options: ChatServiceOptions): ServiceImpl<typeof ChatService>["chatCompletionStream"] {
  const { router, clock } = options;
  return async function* chatCompletionStream(request, context) {
    const { callId, withTrace, call } = readServiceCall(
      options,
      bodyOf(ChatCompletionRequestSchema, request),
      { endpoint: "chat", stream: true },
      context,
    );
    if (call instanceof RouterError) throw toConnectError(call, routeMetadata(callId, undefined, withTrace));
    const queue = new StreamQueue<Buffer>(streamQueueCapacity, () => handle.resume());
    // Once the headers have named the route, an error need not name it again: clients join the two.
    let started = false;
    // The headers went out before there was a route to name.
    let openedEarly = false;
    const failureMetadata = (route: RouteInfo | undefined): Record<string, string> =>
      openedEarly ? lateMetadata(route, withTrace) : started ? {} : routeMetadata(callId, route, withTrace);
    const failed = (error: RouterError, route?: RouteInfo): ConnectError => toConnectError(error, failureMetadata(route));
    const openEarly = context.values.get(openEarlyContext);
    const onPing = (): void => {
      if (started || openedEarly) return;
      openedEarly = true;
      setResponseHeaders(context.responseHeader, routeMetadata(callId, undefined, withTrace));
      openEarly?.(context.responseHeader);
    };
    const handle: CallHandle = router.start(call, {
      ...(openEarly === undefined ? {} : { onPing }),
      onStreamStart(route) {
        started = true;
        if (!openedEarly) setResponseHeaders(context.responseHeader, routeMetadata(callId, route, withTrace));
      },
      onStreamEvent(event) {
        // Comments and named events exist for the sake of server-sent events; [DONE] is the end of the stream here.
        const { data, kind } = event;
        return data === undefined || kind === "done" || kind === "other" || queue.push(data);
      },
      onStreamEnd(route) {
        setResponseHeaders(context.responseTrailer, lateMetadata(route, withTrace));
        queue.end();
      },
      onFailure: (error, route) => queue.fail(failed(error, route)),
      onReply: unexpectedAnswer,
    });
    const stopWatching = watchCaller(context.signal, clock, (error) => {
      handle.cancel();
      queue.abort(failed(error));
    });
    try {
      for await (const data of queue) {
        const chunk = parseReply(ChatCompletionStreamResponseSchema, data);
        if (chunk instanceof RouterError) throw failed(chunk);
        yield chunk satisfies ChatCompletionStreamResponse;
      }
    } finally {
      stopWatching();
      handle.cancel();
    }
  };
}
