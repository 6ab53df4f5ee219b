import type { IncomingHttpHeaders } from "node:http";
import type { Call, TraceContext } from "../core/call.ts";
import { RouterError } from "../core/errors.ts";
import { mayNameSession, sessionOfHeaders } from "../core/session/session.ts";
import { shownName } from "../lib/long-name.ts";

/** Reads a header or a piece of metadata by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/** The lower-case names of all headers. */
export type HeaderNames = () => readonly string[];

/** Reads the headers of Node's requests, of HTTP/1.1 and HTTP/2: a value without white space at its ends; those of a repeated name joined. */
export function headerReader(headers: IncomingHttpHeaders): HeaderReader {
  return (name) => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
}

/** Every header for the router may have Huntgroup's name or LiteLLM's. */
const prefixes = ["x-huntgroup-", "x-litellm-"] as const;
/** Whole names, made once, because each is looked for in each request. */
const names = {
  "num-retries": prefixes.map((prefix) => `${prefix}num-retries`),
  timeout: prefixes.map((prefix) => `${prefix}timeout`),
  "stream-timeout": prefixes.map((prefix) => `${prefix}stream-timeout`),
  "keepalive-seconds": prefixes.map((prefix) => `${prefix}keepalive-seconds`),
  tags: prefixes.map((prefix) => `${prefix}tags`),
};

/**
 * A call with what its headers ask for, or why they are refused. Retries and timeouts (in seconds) win over the body's; tags are added to
 * the body's. A session that they name counts before the body's.
 */
export function withCallHeaders(call: Call, header: HeaderReader, headerNames: HeaderNames): Call | RouterError {
  const given = headerNames();
  // One look at each name says of most requests that they have none of these.
  if (!given.some(mayAsk)) return call;
  const numRetries = readNumber(header, "num-retries", (value) => Number.isInteger(value) && value >= 0, "a whole number, 0 or more");
  if (numRetries instanceof RouterError) return numRetries;
  const timeout = readNumber(header, "timeout", (value) => value > 0, "a number of seconds above 0");
  if (timeout instanceof RouterError) return timeout;
  const streamTimeout = readNumber(header, "stream-timeout", (value) => value > 0, "a number of seconds above 0");
  if (streamTimeout instanceof RouterError) return streamTimeout;
  const keepalive = readNumber(header, "keepalive-seconds", (value) => value >= 0, "a number of seconds, 0 or more");
  if (keepalive instanceof RouterError) return keepalive;
  const tags = read(header, "tags");
  const session = sessionOfHeaders(header, given);
  if ((numRetries ?? timeout ?? streamTimeout ?? keepalive ?? tags ?? session) === undefined) return call;
  return {
    ...call,
    session: session?.id ?? call.session,
    tenant: call.caller?.name ?? session?.root ?? call.tenant,
    numRetries: numRetries ?? call.numRetries,
    timeoutMs: timeout === undefined ? call.timeoutMs : timeout * 1_000,
    streamTimeoutMs: streamTimeout === undefined ? call.streamTimeoutMs : streamTimeout * 1_000,
    keepaliveMs: keepalive === undefined ? call.keepaliveMs : keepalive * 1_000,
    tags: tags === undefined ? call.tags : [...call.tags, ...split(tags)],
  };
}

function mayAsk(name: string): boolean {
  return mayNameSession(name) || (name.startsWith("x-") && prefixes.some((prefix) => name.startsWith(prefix)));
}

/** Whether the caller asks to be told of every attempt. */
export function wantsTrace(header: HeaderReader): boolean {
  return header("x-huntgroup-debug") === "true";
}

/** The trace that a request belongs to, as its headers name it. Whether they are well formed is for the tracer to judge. */
export function readTraceContext(header: HeaderReader): TraceContext | undefined {
  const traceparent = header("traceparent");
  return traceparent === undefined ? undefined : { traceparent, tracestate: header("tracestate") };
}

function read(header: HeaderReader, name: keyof typeof names): string | undefined {
  for (const whole of names[name]) {
    const value = header(whole);
    if (value !== undefined) return value;
  }
  return undefined;
}

function readNumber(
  header: HeaderReader,
  name: keyof typeof names,
  allows: (value: number) => boolean,
  allowed: string,
): number | undefined | RouterError {
  const text = read(header, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && allows(value)) return value;
  return new RouterError("invalid_request", `The header x-huntgroup-${name} is ${JSON.stringify(shownName(text))}; it must be ${allowed}.`);
}

function split(tags: string): readonly string[] {
  return tags
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}
