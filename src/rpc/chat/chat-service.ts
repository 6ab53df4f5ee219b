import type { ConnectError, HandlerContext, ServiceImpl } from "@connectrpc/connect";
import {
  ChatCompletionResponseSchema,
  ChatCompletionStreamResponseSchema,
  type ChatCompletionRequest,
  type ChatCompletionResponse,
  type ChatCompletionStreamResponse,
  type ChatService,
} from "../../../gen/huntgroup/v1/chat_pb.ts";
import type { Call } from "../../core/call.ts";
import type { CallRouter } from "../../core/call-router.ts";
import { RouterError } from "../../core/errors.ts";
import type { CallHandle, RouteInfo } from "../../core/reply-sink.ts";
import { type HeaderReader, wantsTrace } from "../../inbound/call-headers.ts";
import { callIdOf } from "../../inbound/call-id.ts";
import type { InboundObserver } from "../../inbound/inbound-observer.ts";
import type { Clock } from "../../lib/clock.ts";
import { routeMetadata } from "./route-metadata.ts";
import { callerContext } from "../kit/caller-context.ts";
import { watchCaller } from "../kit/caller-watch.ts";
import { chatBody, chatCall } from "./chat-call.ts";
import { inboundProtocolOf } from "../kit/inbound-protocol-of.ts";
import { toConnectError } from "../kit/errors.ts";
import { parseReply } from "../protobuf-json/parse-reply.ts";
import { StreamQueue } from "../kit/stream-queue.ts";
import { unexpectedAnswer } from "./unexpected-answer.ts";

/** Pieces that wait for a slow caller before the deployment is asked to pause: some hundred tokens, a few tens of kilobytes. */
const streamQueueCapacity = 128;

export interface ChatServiceOptions {
  readonly router: CallRouter;
  readonly clock: Clock;
  /** Told of requests that are no calls; undefined: nobody is. */
  readonly observer?: InboundObserver | undefined;
  newCallId(): string;
}

/** ChatService over the router: unwraps the message, maps the deadline and the cancellation, and wraps what comes back. */
export function createChatService(options: ChatServiceOptions): ServiceImpl<typeof ChatService> {
  const { router, clock } = options;
  const newCallId = (): string => options.newCallId();
  const tell = ({ code }: RouterError, callId: string, context: HandlerContext): void =>
    options.observer?.refused({ inboundProtocol: inboundProtocolOf(context), code, callId, address: undefined });
  return {
    chatCompletion(request, context) {
      const callId = callIdOf(context.requestHeader.get("x-request-id") ?? undefined, newCallId);
      const withTrace = wantsTrace(headerReader(context));
      return new Promise<ChatCompletionResponse>((resolve, reject) => {
        const fail = (error: RouterError, route?: RouteInfo): void =>
          reject(toConnectError(error, routeMetadata(callId, route, withTrace)));
        const call = toCall(request, false, callId, context, clock);
        if (call instanceof RouterError) {
          tell(call, callId, context);
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
            setHeaders(context.responseHeader, routeMetadata(callId, route, withTrace));
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
    },

    async *chatCompletionStream(request, context) {
      const callId = callIdOf(context.requestHeader.get("x-request-id") ?? undefined, newCallId);
      const withTrace = wantsTrace(headerReader(context));
      const call = toCall(request, true, callId, context, clock);
      if (call instanceof RouterError) {
        tell(call, callId, context);
        throw toConnectError(call, routeMetadata(callId, undefined, withTrace));
      }
      const queue = new StreamQueue<Buffer>(streamQueueCapacity, () => handle.resume());
      // Once the headers have named the route, an error need not name it again: clients join the two.
      let started = false;
      const failed = (error: RouterError, route?: RouteInfo): ConnectError =>
        toConnectError(error, started ? {} : routeMetadata(callId, route, withTrace));
      const handle: CallHandle = router.start(call, {
        onStreamStart(route) {
          started = true;
          setHeaders(context.responseHeader, routeMetadata(callId, route, withTrace));
        },
        onStreamEvent(event) {
          // Comments and named events exist for the sake of server-sent events; [DONE] is the end of the stream here.
          const { data, kind } = event;
          return data === undefined || kind === "done" || kind === "other" || queue.push(data);
        },
        onStreamEnd: () => queue.end(),
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
    },
  };
}

function toCall(
  request: ChatCompletionRequest,
  stream: boolean,
  callId: string,
  context: HandlerContext,
  clock: Clock,
): Call | RouterError {
  const now = clock.now();
  const timeoutMs = context.timeoutMs();
  const body = chatBody(request);
  if (body instanceof RouterError) return body;
  return chatCall(body, stream, {
    callId,
    inboundProtocol: inboundProtocolOf(context),
    caller: context.values.get(callerContext),
    header: headerReader(context),
    now,
    deadline: timeoutMs === undefined ? undefined : now + timeoutMs,
  });
}

function headerReader(context: HandlerContext): HeaderReader {
  return (name) => context.requestHeader.get(name) ?? undefined;
}

function setHeaders(header: Headers, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) header.set(name, value);
}
