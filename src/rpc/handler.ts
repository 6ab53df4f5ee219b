import { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";
import type { Operator } from "../control/operator.ts";
import { preflightHeaders, type Cors, type CorsHeaders } from "../inbound/cors.ts";
import type { HttpHandler, HttpResponse } from "../inbound/http-handler.ts";
import type { StreamHandler } from "../inbound/stream-handler.ts";
import { createFastPathHandler } from "./grpc-fast-path/fast-path-handler.ts";
import { endEmpty, LibraryHandler } from "./library-handler.ts";
import { isRpcType } from "./kit/unknown-method.ts";
import type { RoutesOptions } from "./routes.ts";
import { HealthState } from "./standard/health-state.ts";

/** What the RPC services work on. */
export interface RpcHandlerOptions extends Omit<RoutesOptions, "health" | "operator"> {
  /** Answers AdminService. A handler instead: AdminService's requests are passed on to it. */
  readonly operator: Operator | HttpHandler;
  /** The largest request message in bytes, after decompression. It is read for each request, because a reload may change it. */
  readonly readMaxBytes: number;
  /** Which web pages may call. Omit it to let none. */
  readonly cors?: Cors | undefined;
  /** Whether plain gRPC calls of ChatService take the fast path, which answers as the library does. Default: true. */
  readonly grpcFastPath?: boolean | undefined;
}

/** Answers RPCs: gRPC, gRPC-Web and Connect, over HTTP/1.1 and HTTP/2. */
export interface RpcHandler {
  /** Whether a request is for a service, or at least speaks RPC by its content type. @param path With or without a query. */
  matches(path: string, contentType?: string): boolean;
  /** Answers a request. Does not throw. */
  readonly handle: HttpHandler;
  /** Answers what takes the fast path. A request that does not take it is for `handle`. Does not throw. */
  readonly handleStream: StreamHandler;
  /** The server begins to stop: health checks say so, and watches end. Calls go on. */
  drain(): void;
}

/** All services over one router: the gRPC fast path in front, the library for everything else. */
export function createRpcHandler(options: RpcHandlerOptions): RpcHandler {
  const health = new HealthState();
  const passOn = typeof options.operator === "function" ? options.operator : undefined;
  const operator = typeof options.operator === "function" ? undefined : options.operator;
  const library = new LibraryHandler({ ...options, operator, health }, options);
  const adminPrefix = `/${AdminService.typeName}/`;
  const prefixes = new Set([adminPrefix, ...Array.from(library.serviceNames, (name) => `/${name}/`)]);
  const handleStream: StreamHandler =
    options.grpcFastPath === false
      ? () => false
      : createFastPathHandler(options, (stream, { headers, rawHeaders }, body) =>
          library.serve(new Http2ServerRequest(stream, headers, {}, rawHeaders), new Http2ServerResponse(stream), body),
        );

  return {
    matches(path, contentType) {
      const end = path.indexOf("/", 1) + 1;
      return (end > 0 && prefixes.has(path.slice(0, end))) || isRpcType(contentType);
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
      library.serve(request, response);
    },
    handleStream,
    drain: () => health.drain(),
  };
}

function setHeaders(response: HttpResponse, headers: CorsHeaders): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
