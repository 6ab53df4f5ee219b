import type { DescMessage, JsonObject, MessageShape } from "@bufbuild/protobuf";
import { keyOf, type Caller } from "../../auth/caller.ts";
import type { Call, InboundProtocol } from "../../core/call.ts";
import { RouterError } from "../../core/errors.ts";
import type { Intake } from "../../core/intake.ts";
import { readWrittenCall } from "../../formats/openai/request/read-call.ts";
import { type HeaderNames, type HeaderReader, readTraceContext, withCallHeaders } from "../../inbound/call-headers.ts";
import { messageToOpenAi } from "../protobuf-json/message-json.ts";

/** What a chat call is made of besides its message. */
export interface ChatCallContext {
  readonly endpoint: "chat" | "embeddings";
  readonly callId: string;
  readonly inboundProtocol: InboundProtocol;
  readonly caller: Caller;
  readonly intake: Intake | undefined;
  readonly header: HeaderReader;
  readonly headerNames: HeaderNames;
  /** On the router's clock. */
  readonly now: number;
  readonly deadline: number | undefined;
}

/** A request's message as OpenAI's JSON, or why it cannot be written as such. */
export function bodyOf<Desc extends DescMessage>(desc: Desc, request: MessageShape<Desc>): JsonObject | RouterError {
  try {
    return messageToOpenAi(desc, request);
  } catch (cause) {
    return noJson(cause);
  }
}

/**
 * The call that a request asks for, or why it cannot be one.
 * @param body OpenAI's JSON.
 * @param stream Which of the two methods was called.
 */
export function chatCall(body: JsonObject, stream: boolean, context: ChatCallContext): Call | RouterError {
  const fields = asAskedFor(body, stream);
  let bytes: Buffer;
  try {
    bytes = Buffer.from(JSON.stringify(fields));
  } catch (cause) {
    return noJson(cause);
  }
  const call = readWrittenCall(bytes, fields, {
    endpoint: context.endpoint,
    inboundProtocol: context.inboundProtocol,
    caller: keyOf(context.caller),
    intake: context.intake,
    traceContext: readTraceContext(context.header),
    pathModel: undefined,
    callId: context.callId,
    now: context.now,
    deadline: context.deadline,
  });
  return call.ok ? withCallHeaders(call.value, context.header, context.headerNames) : call.error;
}

/** Sets `stream` by the method that was called. Without a stream, `stream_options` goes: hosts refuse it there. */
function asAskedFor(request: JsonObject, stream: boolean): JsonObject {
  if (!stream && request["stream"] === undefined && request["stream_options"] === undefined) return request;
  const { stream: _said, stream_options, ...body } = request;
  if (!stream) return body;
  return stream_options === undefined ? { ...body, stream } : { ...body, stream, stream_options };
}

function noJson(cause: unknown): RouterError {
  return new RouterError("invalid_request", "The request cannot be written as JSON: it holds NaN, an infinity or too deep a nesting.", {
    cause,
  });
}
