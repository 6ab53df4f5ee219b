import type { DescMessage } from "@bufbuild/protobuf";
import { Code, ConnectError, createConnectRouter, createContextValues } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import type { Operator } from "../control/operator.ts";
import { preflightHeaders, type Cors, type CorsHeaders } from "../inbound/cors.ts";
import { remoteAddress } from "../inbound/remote-address.ts";
import type { StreamHandler } from "../inbound/stream-handler.ts";
import { addressContext } from "./kit/caller-context.ts";
import { dropEndlessTimeout } from "./kit/endless-timeout.ts";
import { HealthState } from "./standard/health-state.ts";
import { createFastPathHandler } from "./grpc-fast-path/fast-path-handler.ts";
import { openJsonBody } from "./protobuf-json/open-json.ts";
import { createRoutes, type RoutesOptions } from "./routes.ts";
import { withPlainStatusMessage } from "./kit/status-message.ts";

const openJsonTypes: ReadonlySet<string> = new Set(["application/json", "application/connect+json"]);

type Handle = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => void;

export interface RpcHandlerOptions extends Omit<RoutesOptions, "health" | "operator"> {
  /** Whoever operates; a handler: AdminService's requests are handed to it. */
  readonly operator: Operator | Handle;
  /** The largest request message in bytes, after decompression. */
  readonly readMaxBytes: number;
  /** Which web pages may call; undefined: none. */
  readonly cors?: Cors | undefined;
  /** Whether plain gRPC calls of ChatService take the short way, which answers as the library does; default true. */
  readonly grpcFastPath?: boolean | undefined;
}

/** The RPC door: gRPC, gRPC-Web and Connect, over HTTP/1.1 and HTTP/2. */
export interface RpcHandler {
  /** Whether a request is this door's. @param path With or without a query. */
  matches(path: string): boolean;
  /** Answers a request, whatever becomes of it. Does not throw. */
  readonly handle: Handle;
  /** Answers what takes the short way. Requests that it does not take are for `handle`. Does not throw. */
  readonly handleStream: StreamHandler;
  /** The server stops: health checks say so, and watches of it end. Calls go on. */
  drain(): void;
}

export function createRpcHandler(options: RpcHandlerOptions): RpcHandler {
  const health = new HealthState();
  const passOn = typeof options.operator === "function" ? options.operator : undefined;
  const operator = typeof options.operator === "function" ? undefined : options.operator;
  const createMethods = (readMaxBytes: number) => {
    const router = createConnectRouter({ readMaxBytes, acceptCompression: [compressionGzip, compressionBrotli] });
    createRoutes({ ...options, operator, health })(router);
    return { readMaxBytes, byPath: new Map(router.handlers.map((method) => [method.requestPath, method])) };
  };
  let methods = createMethods(options.readMaxBytes);
  const adminPrefix = `/${AdminService.typeName}/`;
  const prefixes = new Set([adminPrefix, ...[...methods.byPath.values()].map(({ service }) => `/${service.typeName}/`)]);

  /** @param body In place of the request's own, of which something was read. */
  const run = async (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
    body?: AsyncIterable<Uint8Array>,
  ): Promise<void> => {
    // The library takes the limit once: another limit takes other methods.
    if (methods.readMaxBytes !== options.readMaxBytes) methods = createMethods(options.readMaxBytes);
    const method = methods.byPath.get(pathOf(request.url ?? ""));
    if (method === undefined) {
      // What the protocols ask for where a method is not known: gRPC's clients read it as UNIMPLEMENTED.
      endEmpty(response, 404);
      return;
    }
    const universalRequest = readHead(request, response);
    if (universalRequest === undefined) {
      endEmpty(response, 400);
      return;
    }
    dropEndlessTimeout(universalRequest.header);
    const opened =
      method.service.typeName === ChatService.typeName ? withOpenJson(universalRequest, method.method.input) : universalRequest;
    const contextValues = createContextValues().set(addressContext, remoteAddress(request));
    const whole = body === undefined ? opened : { ...opened, body };
    await universalResponseToNodeResponse(withPlainStatusMessage(await method({ ...whole, contextValues })), response);
  };

  const serve = (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
    body?: AsyncIterable<Uint8Array>,
  ): void => {
    run(request, response, body).catch((error: unknown) => {
      // The caller is gone: nobody to tell, and nothing wrong here.
      if (ConnectError.from(error).code !== Code.Aborted && !response.destroyed) options.onInternalError(error);
      response.destroy();
    });
  };
  const handleStream: StreamHandler =
    options.grpcFastPath === false
      ? () => false
      : createFastPathHandler(options, (stream, { headers, rawHeaders }, body) =>
          serve(new Http2ServerRequest(stream, headers, {}, rawHeaders), new Http2ServerResponse(stream), body),
        );

  /** A chat request in JSON may hold what the schema does not know, as OpenAI's own does. */
  function withOpenJson(request: UniversalServerRequest, input: DescMessage): UniversalServerRequest {
    const contentType = request.header.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (!openJsonTypes.has(contentType) || request.header.has("content-encoding") || !isBytes(request.body)) return request;
    // Its length may change.
    request.header.delete("content-length");
    return { ...request, body: openJsonBody(request.body, contentType, input, options.readMaxBytes) };
  }

  return {
    matches(path) {
      const end = path.indexOf("/", 1) + 1;
      return end > 0 && prefixes.has(path.slice(0, end));
    },
    handle(request, response) {
      if (passOn !== undefined && request.url?.startsWith(adminPrefix) === true) {
        passOn(request, response);
        return;
      }
      const corsHeaders = options.cors?.(request.headers.origin);
      if (corsHeaders !== undefined) setHeaders(response, corsHeaders);
      if (request.method === "OPTIONS") {
        if (corsHeaders !== undefined) setHeaders(response, preflightHeaders(request.headers["access-control-request-headers"]));
        endEmpty(response, 204);
        return;
      }
      serve(request, response);
    },
    handleStream,
    drain: () => health.drain(),
  };
}

/** Undefined when the caller names a host that is none, or does not name any. */
function readHead(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
): ReturnType<typeof universalRequestFromNodeRequest> | undefined {
  try {
    return universalRequestFromNodeRequest(request, response, undefined, undefined);
  } catch {
    return undefined;
  }
}

function setHeaders(response: ServerResponse | Http2ServerResponse, headers: CorsHeaders): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function endEmpty(response: ServerResponse | Http2ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

function isBytes(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}
