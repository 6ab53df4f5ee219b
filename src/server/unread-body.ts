import { ServerResponse, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../lib/clock.ts";
import { ResponseHeads, type PlatformHead } from "./response-head.ts";

/** To read and forget a body up to this size is cheaper than to open another connection. */
const discardableBodyBytes = 65_536;

/**
 * How long the rest of a body is read and forgotten before its connection is closed. Closing it at once would make the system send a reset,
 * which often overtakes the answer: the client would see a broken connection and not learn why.
 */
const lingerMs = 2_000;

/** The platform's response with what its types leave out. */
const PlatformResponse = ServerResponse as unknown as new (
  request: IncomingMessage,
) => ServerResponse<IncomingMessage> & PlatformHead & { _storeHeader(statusLine: string, headers: unknown): void };

/**
 * HTTP/1.1's response, for answers that are sent before the request's body was read to its end: the rest of that body stands before the next
 * request on the connection, which would wait for it for ever. A small rest is read and forgotten. After any other the connection is
 * closed, and the answer's head says so.
 */
export function http1Response(clock: Clock): typeof ServerResponse<IncomingMessage> {
  const heads = new ResponseHeads(clock);
  const made = class Http1Response extends PlatformResponse {
    // Called by the platform's writeHead. A platform that calls it no more writes the head by itself.
    override _storeHeader(statusLine: string, headers: unknown): void {
      // oxlint-disable-next-line no-underscore-dangle -- the platform's name
      if (!heads.write(this, statusLine, headers)) super._storeHeader(statusLine, headers);
    }

    // The platform comes this way too where a handler writes without a head of its own.
    override writeHead(status: number, ...rest: never[]): this {
      const { req } = this;
      if (!req.complete && !this.headersSent) {
        if (isDiscardable(req)) this.once("finish", () => forgetRest(req));
        else this.#announceClose();
      }
      return super.writeHead(status, ...rest);
    }

    #announceClose(): void {
      const { req } = this;
      const { socket } = req;
      this.shouldKeepAlive = false;
      const close = socket.destroySoon.bind(socket);
      // The platform calls this at the end of a connection's last response.
      socket.destroySoon = () => {
        if (req.complete) close();
        else linger(req, socket, clock, close);
      };
    }
  };
  return made as unknown as typeof ServerResponse<IncomingMessage>;
}

function isDiscardable({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) <= discardableBodyBytes;
}

/** Closes a connection when the client has sent the rest of its body, or has had the time for it. */
function linger(request: IncomingMessage, socket: Socket, clock: Clock, close: () => void): void {
  const timer = clock.schedule(lingerMs, close);
  request.once("end", () => {
    clock.cancel(timer);
    close();
  });
  socket.once("close", () => clock.cancel(timer));
  forgetRest(request);
}

/** Reads what is left of a body. A reader that was given up half-way may still listen. */
function forgetRest(request: IncomingMessage): void {
  if (request.complete && request.readableEnded) return;
  request.removeAllListeners("data");
  request.removeAllListeners("readable");
  // Streams take note of a listener that has left in a step of its own.
  process.nextTick(() => request.resume());
}
