// oxlint-disable no-underscore-dangle -- the platform's names
import type { ServerResponse } from "node:http";
import type { Clock } from "../lib/clock.ts";

/** What the platform keeps of a response of HTTP/1.1 for the writing of its head. */
export interface PlatformHead {
  /** The head as it goes out; set once. */
  _header: string | null;
  _headerSent: boolean;
  _contentLength: number | null;
  readonly _hasBody: boolean;
  readonly _removedConnection: boolean;
  readonly _removedTE: boolean;
  readonly _keepAliveTimeout: number;
  readonly _defaultKeepAlive: boolean;
  readonly _maxRequestsPerSocket: number | null;
  readonly maxRequestsOnConnectionReached: boolean;
}

/** A header's line as it was written last. */
interface HeadLine {
  readonly prefix: string;
  value: string;
  text: string;
}

/** More names than this program has. */
const mostNames = 200;
/** In small letters, as all are that are written here: a name in others might say how long the body is. */
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const unfitForValue = /[^\t\x20-\x7e\x80-\xff]/;
/** Names that say how the answer is framed or what becomes of the connection: the platform writes heads with these. */
const special: ReadonlySet<string> = new Set([
  "connection",
  "content-disposition",
  "date",
  "expect",
  "keep-alive",
  "trailer",
  "transfer-encoding",
]);

/**
 * Writes the heads of plain answers: with a body, on a connection that stays open. Most of their lines are the same in one answer after the
 * other, so a line is checked and put together only where its value has changed, which takes a third of the platform's time for it.
 */
export class ResponseHeads {
  readonly #clock: Clock;
  /** By name; undefined for the names that are left to the platform. */
  readonly #lines = new Map<string, HeadLine | undefined>();
  /** The value that was found fit last: a call's id stands in several lines. */
  #fit = "";
  #second = -1;
  #date = "";
  #keepAliveMs = -1;
  #keepAlive = "";

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns Whether the head was written. If not, nothing has changed, and the platform is to write it. */
  write(response: ServerResponse & PlatformHead, statusLine: string, headers: unknown): boolean {
    if (!response._hasBody || !isPlain(response) || typeof headers !== "object" || headers === null) return false;
    let text = statusLine;
    let length: number | undefined;
    const given = headers as Readonly<Record<string, unknown>>;
    for (const name in given) {
      const value = given[name];
      if (name === "content-length") length = Number(value);
      const line = this.#line(name, typeof value === "number" ? String(value) : value);
      if (line === undefined) return false;
      text += line;
    }
    text += this.#always(response._keepAliveTimeout);
    if (length === undefined) response.chunkedEncoding = true;
    else response._contentLength = length;
    response._header = length === undefined ? `${text}Transfer-Encoding: chunked\r\n\r\n` : `${text}\r\n`;
    response._headerSent = false;
    return true;
  }

  /** @returns Undefined where the platform is to look at it. */
  #line(name: string, value: unknown): string | undefined {
    let line = this.#lines.get(name);
    if (line === undefined) {
      if (this.#lines.has(name) || this.#lines.size >= mostNames) return undefined;
      line = special.has(name) || !headerName.test(name) ? undefined : { prefix: `${name}: `, value: "", text: `${name}: \r\n` };
      this.#lines.set(name, line);
    }
    if (line === undefined || value === line.value) return line?.text;
    if (value !== this.#fit) {
      if (typeof value !== "string" || unfitForValue.test(value)) return undefined;
      this.#fit = value;
    }
    line.value = this.#fit;
    return (line.text = `${line.prefix}${this.#fit}\r\n`);
  }

  #always(keepAliveMs: number): string {
    const second = Math.floor(this.#clock.wallTime() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = `Date: ${new Date(second * 1_000).toUTCString()}\r\n`;
      this.#keepAliveMs = -1;
    }
    if (keepAliveMs !== this.#keepAliveMs) {
      this.#keepAliveMs = keepAliveMs;
      const told = keepAliveMs === 0 ? "" : `Keep-Alive: timeout=${Math.floor(keepAliveMs / 1_000)}\r\n`;
      this.#keepAlive = `${this.#date}Connection: keep-alive\r\n${told}`;
    }
    return this.#keepAlive;
  }
}

/** Whether the connection stays open after the answer, and nobody has changed the platform's usual headers. */
function isPlain(response: ServerResponse & PlatformHead): boolean {
  return (
    response.shouldKeepAlive &&
    response.useChunkedEncodingByDefault &&
    response.sendDate &&
    response._defaultKeepAlive &&
    !response.maxRequestsOnConnectionReached &&
    !response._removedConnection &&
    !response._removedTE &&
    !(Number(response._maxRequestsPerSocket) > 0)
  );
}
