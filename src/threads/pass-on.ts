import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import type { HttpHandler, HttpRequest, HttpResponse } from "../inbound/http-handler.ts";
import { relayedIdentity, relayedIdentityHeader } from "../inbound/client-identity.ts";
import { relayedAddressHeader, remoteAddress } from "../inbound/remote-address.ts";

/** What HTTP/1.1's and HTTP/2's responses have in common, as far as it is used here. The compiler cannot call a union of overloads. */
interface ResponseWriter {
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  write(chunk: Buffer): boolean;
}

/** Headers of a connection rather than of a request. HTTP/2 has none of them. */
const hopHeaders: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  relayedAddressHeader,
  relayedIdentityHeader,
]);

/**
 * Hands requests as they are to the thread that answers them, and hands the answers back as they come. Both go over one HTTP/2 connection,
 * which is made when it is first needed.
 */
export class PassOn {
  readonly #open: () => Duplex;
  #session: ClientHttp2Session | undefined;

  /** @param open Makes a connection to the other thread. */
  constructor(open: () => Duplex) {
    this.#open = open;
  }

  readonly handle: HttpHandler = (request, response) => {
    const writer: ResponseWriter = response;
    const stream = this.#connected().request(requestHeaders(request));
    stream.on("response", (headers) => {
      writer.writeHead(headers[":status"] ?? 502, responseHeaders(headers));
      // The headers of a stream go out before its first message.
      if ("flushHeaders" in response) response.flushHeaders();
    });
    stream.on("trailers", (trailers) => addTrailers(response, trailers));
    stream.on("data", (chunk: Buffer) => {
      if (writer.write(chunk)) return;
      stream.pause();
      response.once("drain", () => stream.resume());
    });
    stream.on("end", () => response.end());
    // Also when the other side says no more than that it has failed.
    stream.on("error", () => fail(response));
    stream.on("close", () => {
      if (!response.writableEnded) fail(response);
    });
    response.on("close", () => stream.close(constants.NGHTTP2_CANCEL));
    request.on("error", ignore);
    request.pipe(stream);
  };

  /** Lets requests under way end, and takes no more. */
  close(): void {
    this.#session?.close();
  }

  #connected(): ClientHttp2Session {
    const known = this.#session;
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = connect("http://first-thread", { createConnection: () => this.#open() });
    session.on("error", ignore);
    session.once("goaway", () => {
      if (this.#session === session) this.#session = undefined;
    });
    session.unref();
    this.#session = session;
    return session;
  }
}

function requestHeaders(request: HttpRequest): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith(":") && !hopHeaders.has(name) && value !== undefined) headers[name] = value;
  }
  // The only value that HTTP/2 has; gRPC asks for it.
  if (request.headers.te !== undefined) headers["te"] = "trailers";
  headers[relayedAddressHeader] = remoteAddress(request) ?? "";
  const identity = relayedIdentity(request);
  if (identity !== undefined) headers[relayedIdentityHeader] = identity;
  headers[":method"] = request.method ?? "GET";
  headers[":path"] = request.url ?? "/";
  const host = request.headers[":authority"] ?? request.headers.host;
  if (typeof host === "string") headers[":authority"] = host;
  return headers;
}

function responseHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => !name.startsWith(":") && value !== undefined));
}

function addTrailers(response: HttpResponse, trailers: IncomingHttpHeaders): void {
  for (const [name, value] of Object.entries(trailers)) {
    if (value !== undefined) response.addTrailers({ [name]: String(value) });
  }
}

function fail(response: HttpResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = 503;
  response.end();
}

function ignore(): void {}
