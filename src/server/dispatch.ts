import { Http2ServerResponse } from "node:http2";
import type { HttpHandler } from "../inbound/http-handler.ts";
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
  /** Called before a request is looked at. */
  onRequest?(): void;
  /** Called with what a handler threw, and with the faults of the listening socket. Must not throw. */
  readonly onInternalError: (error: unknown) => void;
}

/** @returns Hands each request to its handler, and answers where that one fails. Neither function throws. */
export function createDispatch(options: DispatchOptions): { readonly handle: HttpHandler; readonly handleStream: StreamHandler } {
  const { rest, rpc, onInternalError } = options;
  return {
    handle(request, response) {
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
    },

    handleStream(stream, head) {
      try {
        if (rpc.handleStream === undefined) return false;
        options.onRequest?.();
        return rpc.handleStream(stream, head);
      } catch (error) {
        onInternalError(error);
        answerCrash(new Http2ServerResponse(stream));
        return true;
      }
    },
  };
}
