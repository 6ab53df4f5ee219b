import { contentTypeProto, parseTimeout } from "@connectrpc/connect/protocol-grpc";
import type { IncomingHttpHeaders } from "node:http2";
import { ChatService } from "../../../gen/huntgroup/v1/chat_pb.ts";
import type { Authenticator } from "../../auth/authenticator.ts";
import { keyOf, type Caller } from "../../auth/caller.ts";
import { readCredentials } from "../../auth/credentials.ts";
import { RouterError } from "../../core/errors.ts";
import { headerReader } from "../../inbound/call-headers.ts";
import type { StreamHandler } from "../../inbound/stream-handler.ts";
import { isEndless } from "../kit/endless-timeout.ts";
import { internalError, toConnectError } from "../kit/errors.ts";
import type { HandOver, FastCallOptions } from "./fast-call.ts";
import { GrpcReply } from "./grpc-reply.ts";
import { StreamCall } from "./stream-call.ts";
import { UnaryCall } from "./unary-call.ts";

/** What the fast path works on. */
export interface FastPathOptions extends FastCallOptions {
  readonly authenticator: Authenticator;
}

const path = (method: { readonly name: string }): string => `/${ChatService.typeName}/${method.name}`;
const calls: ReadonlyMap<string, typeof UnaryCall | typeof StreamCall> = new Map<string, typeof UnaryCall | typeof StreamCall>([
  [path(ChatService.method.chatCompletion), UnaryCall],
  [path(ChatService.method.chatCompletionStream), StreamCall],
]);

/**
 * The gRPC fast path, for the methods that are called all the time: gRPC's framing straight on the HTTP/2 stream. It takes what every gRPC
 * client sends, as long as nothing is unusual. The library answers everything else, and also a body that turns out to be odd, so that it
 * alone decides what becomes of those.
 * @param handOver Has the library answer a request whose body is odd.
 */
export function createFastPathHandler(options: FastPathOptions, handOver: HandOver): StreamHandler {
  const { authenticator, clock, observer, router } = options;
  /** The last authority that URL's parser took for a host: all calls of a connection name the same. */
  let knownAuthority = "";

  function isAuthority(authority: string | undefined): boolean {
    if (authority === undefined || authority === "") return false;
    if (authority === knownAuthority) return true;
    if (!URL.canParse(`http://${authority}`)) return false;
    knownAuthority = authority;
    return true;
  }

  return (stream, head) => {
    const { headers, address } = head;
    const Call = calls.get(headers[":path"] ?? "");
    if (Call === undefined || !isPlain(headers) || !isAuthority(headers[":authority"])) return false;
    const header = headerReader(headers);
    const timeout = readTimeout(header("grpc-timeout"));
    if (timeout.error !== undefined) return false;
    const deadline = timeout.timeoutMs === undefined ? undefined : clock.now() + timeout.timeoutMs;
    const admit = (caller: Caller | RouterError): void => {
      if (stream.destroyed) return;
      const intake = router.intake();
      const refused = caller instanceof RouterError ? caller : intake.enter(keyOf(caller));
      if (refused !== undefined) {
        observer?.refused({ inboundProtocol: "grpc", code: refused.code, callId: undefined, address });
        new GrpcReply(stream).fail(toConnectError(refused));
      } else if (!(caller instanceof RouterError)) {
        // It lives as long as the stream that it listens to, at whose end it releases what it holds.
        void new Call(options, { stream, head, header, caller, intake, deadline, handOver });
      }
    };
    const fail = (error: unknown): void => {
      options.onInternalError(error);
      new GrpcReply(stream).fail(internalError());
    };
    try {
      const caller = authenticator.authenticate(readCredentials(header, address, "grpc", head.identity));
      if (caller instanceof Promise) caller.then(admit).catch(fail);
      else admit(caller);
    } catch (error) {
      fail(error);
    }
    return true;
  };
}

/** Whether the head is what a gRPC client sends: binary messages, not compressed, and no page in a browser. */
function isPlain(headers: IncomingHttpHeaders): boolean {
  const contentType = headers["content-type"];
  const encoding = headers["grpc-encoding"];
  return (
    headers[":method"] === "POST" &&
    (contentType === "application/grpc" || contentType === contentTypeProto) &&
    (encoding === undefined || encoding === "identity") &&
    headers.origin === undefined &&
    headers.expect === undefined
  );
}

function readTimeout(value: string | undefined): ReturnType<typeof parseTimeout> {
  return value === undefined || isEndless(value) ? {} : parseTimeout(value, Number.MAX_SAFE_INTEGER);
}
