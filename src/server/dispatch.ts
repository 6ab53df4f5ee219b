import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import type { HttpHandler, HttpResponse } from "../inbound/http-handler.ts";
import type { UpgradedConnection, UpgradeHandler } from "../inbound/upgrade-handler.ts";
import { refuseUpgrade } from "../inbound/refuse-upgrade.ts";
import type { StreamHandler } from "../inbound/stream-handler.ts";
import { answerCrash } from "./answer-crash.ts";

/** Who answers what. */
export interface DispatchOptions {
  /** Answers every path that neither RPC nor the console claims. */
  readonly rest: HttpHandler;
  readonly rpc: {
    /** Whether a request is an RPC, by its path, with or without a query, or by its content type. */
    matches(path: string, contentType?: string): boolean;
    readonly handle: HttpHandler;
    /** Asked first about requests of HTTP/2; see {@link StreamHandler}. */
    readonly handleStream?: StreamHandler;
  };
  /** The console in the browser. Omit it to leave its paths to REST, which says that there is nothing. */
  readonly console?: { matches(path: string): boolean; readonly handle: HttpHandler } | undefined;
  /** Answers requests that want to leave HTTP/1.1 for WebSocket. Omit it to answer them as any other request. */
  readonly upgrade?: UpgradeHandler | undefined;
  /** Why a request is answered with a 403 and nothing else. Omit it to serve all. */
  refusal?(headers: IncomingHttpHeaders, path: string): string | undefined;
  /** Called before a request is looked at. */
  onRequest?(): void;
  /** Called with what a handler threw, and with the faults of the listening socket. Must not throw. */
  readonly onInternalError: (error: unknown) => void;
}

interface Dispatch {
  readonly handle: HttpHandler;
  /** For what another thread has let in. */
  readonly handleRelayed: HttpHandler;
  readonly handleStream: StreamHandler;
  readonly handleUpgrade: UpgradeHandler | undefined;
}

/** @returns Hands each request to its handler, and answers where that one fails. None of these throws. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { rest, rpc, onInternalError } = options;
  const serve: HttpHandler = (request, response) => {
    try {
      options.onRequest?.();
      if (rpc.matches(request.url ?? "", request.headers["content-type"])) {
        // REST asks for a body only after looking at the headers; RPC applies its limits while it reads. HTTP/1.0 does not know this.
        if (request.headers.expect !== undefined && request.httpVersion !== "1.0") response.writeContinue();
        rpc.handle(request, response);
      } else if (options.console?.matches(request.url ?? "") === true) {
        options.console.handle(request, response);
      } else {
        rest(request, response);
      }
    } catch (error) {
      onInternalError(error);
      answerCrash(response);
    }
  };

  return {
    handleRelayed: serve,
    handle(request, response) {
      const refused = options.refusal?.(request.headers, request.url ?? "");
      if (refused === undefined) serve(request, response);
      else turnAway(response, refused);
    },

    handleUpgrade: options.upgrade && ((request, socket, head) => upgrade(request, socket, head, options)),

    handleStream(stream, head) {
      try {
        if (rpc.handleStream === undefined) return false;
        options.onRequest?.();
        // It is refused as any other request is, once there is one.
        if (options.refusal?.(head.headers, head.headers[":path"] ?? "") !== undefined) return false;
        return rpc.handleStream(stream, head);
      } catch (error) {
        onInternalError(error);
        answerCrash(new Http2ServerResponse(stream));
        return true;
      }
    },
  };
}

function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, options: DispatchOptions): UpgradedConnection {
  try {
    options.onRequest?.();
    const refused = options.refusal?.(request.headers, request.url ?? "");
    if (refused === undefined && options.upgrade !== undefined) return options.upgrade(request, socket, head);
    const { body } = refusal(refused ?? "");
    refuseUpgrade(socket, 403, body);
  } catch (error) {
    options.onInternalError(error);
    socket.destroy();
  }
  return { leave() {} };
}

/** Answers a request whose body is not read. RPC's clients know the status. */
function turnAway(response: HttpResponse, message: string): void {
  const { body, headers } = refusal(message);
  if ("stream" in response) response.writeHead(403, headers).end(body);
  else response.writeHead(403, { ...headers, connection: "close" }).end(body);
}

function refusal(message: string): { readonly body: string; readonly headers: Readonly<Record<string, string | number>> } {
  const body = JSON.stringify({ error: { message, type: "permission_error", param: null, code: "foreign_site" } });
  return { body, headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) } };
}
