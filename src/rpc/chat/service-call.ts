import type { JsonObject } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import type { Call } from "../../core/call.ts";
import type { CallRouter } from "../../core/call-router.ts";
import { RouterError } from "../../core/errors.ts";
import { wantsTrace } from "../../inbound/call-headers.ts";
import { callIdOf } from "../../inbound/call-id.ts";
import type { InboundObserver } from "../../inbound/inbound-observer.ts";
import type { Clock } from "../../lib/clock.ts";
import { textLength } from "../../lib/json/json-text.ts";
import { callerContext, intakeContext } from "../kit/caller-context.ts";
import { inboundProtocolOf } from "../kit/inbound-protocol-of.ts";
import { chatCall, type ChatCallContext } from "./chat-call.ts";

/** What the methods of ChatService work on. */
export interface ChatServiceOptions {
  readonly router: CallRouter;
  readonly clock: Clock;
  /** Called for each request that is no call. Omit it to ignore them. */
  readonly observer?: InboundObserver | undefined;
  /** Makes an id for a call whose caller gave none: printable ASCII. */
  newCallId(): string;
}

/** One request as the library hands it over. */
export interface ServiceCall {
  readonly callId: string;
  /** Whether the caller asks to be told of every attempt. */
  readonly withTrace: boolean;
  /** The call that it asks for, or why it cannot be one. */
  readonly call: Call | RouterError;
}

/** Reads a request of a method, and tells the observer where it is no call. @param body The request as OpenAI's JSON. */
export function readServiceCall(
  options: ChatServiceOptions,
  body: JsonObject | RouterError,
  { endpoint, stream }: Pick<ChatCallContext, "endpoint"> & { readonly stream: boolean },
  context: HandlerContext,
): ServiceCall {
  const header = (name: string): string | undefined => context.requestHeader.get(name) ?? undefined;
  const callId = callIdOf(header("x-request-id"), () => options.newCallId());
  const inboundProtocol = inboundProtocolOf(context);
  const now = options.clock.now();
  const timeoutMs = context.timeoutMs();
  const intake = context.values.get(intakeContext);
  const read =
    body instanceof RouterError
      ? body
      : chatCall(body, stream, {
          endpoint,
          callId,
          inboundProtocol,
          caller: context.values.get(callerContext),
          intake,
          header,
          headerNames: () => [...context.requestHeader.keys()],
          now,
          deadline: timeoutMs === undefined ? undefined : now + timeoutMs,
        });
  // The message that it was read from is held as well.
  const noRoom = read instanceof RouterError ? undefined : intake?.hold(textLength(read.body));
  const call = noRoom ?? read;
  if (call instanceof RouterError) intake?.release();
  if (call instanceof RouterError) options.observer?.refused({ inboundProtocol, code: call.code, callId, address: undefined });
  return { callId, withTrace: wantsTrace(header), call };
}

/** Puts what the caller is told of its call into the headers or trailers of the response. */
export function setResponseHeaders(header: Headers, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) header.set(name, value);
}
