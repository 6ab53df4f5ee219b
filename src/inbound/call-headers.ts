import type { Call } from "../core/call.ts";
import { RouterError } from "../core/errors.ts";

/** Reads a header or a piece of metadata by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/** Every header that speaks to the router goes by Huntgroup's name or by LiteLLM's. */
const prefixes = ["x-huntgroup-", "x-litellm-"] as const;
/** Whole, since each is looked for in each request. */
const names = {
  "num-retries": prefixes.map((prefix) => `${prefix}num-retries`),
  timeout: prefixes.map((prefix) => `${prefix}timeout`),
  "stream-timeout": prefixes.map((prefix) => `${prefix}stream-timeout`),
  tags: prefixes.map((prefix) => `${prefix}tags`),
};

/** A call with what its headers ask for, which wins over the body: retries, timeouts (seconds) and more tags. */
export function withCallHeaders(call: Call, header: HeaderReader): Call | RouterError {
  const numRetries = readNumber(header, "num-retries", (value) => Number.isInteger(value) && value >= 0, "a whole number, 0 or more");
  if (numRetries instanceof RouterError) return numRetries;
  const timeout = readNumber(header, "timeout", (value) => value > 0, "a number of seconds above 0");
  if (timeout instanceof RouterError) return timeout;
  const streamTimeout = readNumber(header, "stream-timeout", (value) => value > 0, "a number of seconds above 0");
  if (streamTimeout instanceof RouterError) return streamTimeout;
  const tags = read(header, "tags");
  if (numRetries === undefined && timeout === undefined && streamTimeout === undefined && tags === undefined) return call;
  return {
    ...call,
    numRetries: numRetries ?? call.numRetries,
    timeoutMs: timeout === undefined ? call.timeoutMs : timeout * 1_000,
    streamTimeoutMs: streamTimeout === undefined ? call.streamTimeoutMs : streamTimeout * 1_000,
    tags: tags === undefined ? call.tags : [...call.tags, ...split(tags)],
  };
}

/** Whether the caller wants to be told of every attempt. */
export function wantsTrace(header: HeaderReader): boolean {
  return header("x-huntgroup-debug") === "true";
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
  return new RouterError("invalid_request", `The header x-huntgroup-${name} is ${JSON.stringify(text)}; it must be ${allowed}.`);
}

function split(tags: string): readonly string[] {
  return tags
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}
