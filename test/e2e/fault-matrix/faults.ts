import { Code } from "@connectrpc/connect";
import type { HostBehaviour } from "../../support/faulty-host.ts";
import type { Voice } from "../../support/native-voices.ts";
import { sse } from "../../support/openai-replies.ts";
import { begun, completion, firstWords, healthy, longStream, longText, refusal, roleEvent, wholeStream } from "./replies.ts";

/**
 * What a fault says, which decides what is done about it; see `rules.ts`:
 * - `harmless`: odd, but an answer.
 * - `caller`: the request is at fault; every deployment would say the same.
 * - `own`: this deployment will go on failing; others may work.
 * - `limited`: this deployment has had enough for now.
 * - `passing`: it may go better next time, here or elsewhere.
 * - `too late`: passing, but the caller has seen the beginning of the answer.
 */
export type FaultClass = "harmless" | "caller" | "own" | "limited" | "passing" | "too late";

/** What the caller is told where nobody can step in: the stable code, the HTTP status, the gRPC status. */
export interface Told {
  readonly code: string;
  readonly http: number;
  readonly grpc: Code;
  readonly retryAfterSeconds?: number;
  /** The code over REST, where that is the provider's own. */
  readonly restCode?: string;
}

/** What meets the request: a behaviour of the host, or nobody at all. */
export type Meeting = HostBehaviour | { readonly kind: "refused" } | { readonly kind: "impossible"; readonly reason: string };

export interface Fault {
  readonly name: string;
  readonly class: FaultClass;
  /** undefined: nothing, it is served. */
  readonly told: Told | undefined;
  readonly unary: Meeting;
  readonly stream: Meeting;
  /** The text that reaches the caller where this deployment gives one. Default: all of its words. */
  readonly text?: string;
  /** Whose words the deployment speaks. Default: OpenAI's. */
  readonly voice?: Voice;
  /** Heavy on memory and processor: not run beside others, and under timeouts that do not matter. */
  readonly heavy?: boolean;
}

export const unreachable: Told = { code: "upstream_unreachable", http: 502, grpc: Code.Unavailable };
export const timedOut: Told = { code: "upstream_timeout", http: 408, grpc: Code.DeadlineExceeded };
export const malformed: Told = { code: "upstream_malformed", http: 502, grpc: Code.Internal };
export const limited: Told = { code: "upstream_rate_limited", http: 429, grpc: Code.ResourceExhausted };
export const overloaded: Told = { code: "upstream_overloaded", http: 503, grpc: Code.Unavailable };
export const failed: Told = { code: "upstream_error", http: 500, grpc: Code.Unavailable };
export const cut: Told = { code: "stream_interrupted", http: 200, grpc: Code.Unavailable };
export const stalled: Told = { ...timedOut, http: 200 };

const eventStream = "text/event-stream";
const keepAlive = ": keep-alive\n\n";
export const loginPage: HostBehaviour = { kind: "answer", headers: { "content-type": "text/html" }, body: "<html>Please log in.</html>" };
const halfReply = completion(firstWords.join("")).slice(0, 90);
export const onlyInStreams: Meeting = { kind: "impossible", reason: "a unary reply has no events" };
/** Between two pieces: ten times the 8 ms that a lively host may need. */
const slowMs = 80;
/** Words before a stream breaks. */
export const wordsSeen = 2;
export const seenText = firstWords.slice(0, wordsSeen).join("");

/** An error status: the same refusal whether a stream was asked for or not. */
function status(code: number, told: Told, headers?: Readonly<Record<string, string>>): Pick<Fault, "told" | "unary" | "stream"> {
  return { told, unary: refusal(code, headers), stream: refusal(code, headers) };
}

function inStream(pieces: readonly string[], end?: "cut" | "hang"): Pick<Fault, "unary" | "stream"> {
  return { unary: onlyInStreams, stream: { kind: "stream", pieces, ...(end === undefined ? {} : { end }) } };
}

/** The faults, each with what its caller hears at worst. What the router does about them follows from the class alone. */
export const faults: readonly Fault[] = [
  { name: "refused", class: "passing", told: unreachable, unary: { kind: "refused" }, stream: { kind: "refused" } },
  { name: "reset", class: "passing", told: unreachable, unary: { kind: "reset" }, stream: { kind: "reset" } },
  {
    name: "hang before headers",
    class: "passing",
    told: timedOut,
    unary: { kind: "hang", after: "nothing" },
    stream: { kind: "hang", after: "nothing" },
  },
  {
    name: "hang after headers",
    class: "passing",
    told: timedOut,
    unary: { kind: "hang", after: "head" },
    stream: { kind: "hang", after: "head", contentType: eventStream },
  },
  {
    name: "10 times slow",
    class: "harmless",
    told: undefined,
    unary: healthy(firstWords, "unary", slowMs),
    stream: healthy(firstWords, "stream", slowMs),
  },
  { name: "status 400", class: "caller", ...status(400, { code: "invalid_request", http: 400, grpc: Code.InvalidArgument }) },
  { name: "status 401", class: "own", ...status(401, { code: "upstream_auth", http: 502, grpc: Code.FailedPrecondition }) },
  { name: "status 404", class: "own", ...status(404, { code: "upstream_not_found", http: 404, grpc: Code.FailedPrecondition }) },
  { name: "status 408", class: "passing", ...status(408, timedOut) },
  { name: "status 413", class: "caller", ...status(413, { code: "request_too_large", http: 413, grpc: Code.ResourceExhausted }) },
  { name: "status 422", class: "caller", ...status(422, { code: "invalid_request", http: 422, grpc: Code.InvalidArgument }) },
  {
    name: "status 429 with Retry-After",
    class: "limited",
    ...status(429, { ...limited, retryAfterSeconds: 1 }, { "retry-after": "1" }),
  },
  { name: "status 429", class: "limited", ...status(429, limited) },
  { name: "status 500", class: "passing", ...status(500, failed) },
  { name: "status 503", class: "passing", ...status(503, overloaded) },
  { name: "status 529", class: "passing", ...status(529, overloaded) },
  {
    name: "empty body",
    class: "passing",
    told: malformed,
    unary: { kind: "answer", body: "" },
    stream: { kind: "answer", headers: { "content-type": eventStream }, body: "" },
  },
  {
    name: "half a JSON",
    class: "passing",
    told: malformed,
    unary: { kind: "answer", body: halfReply },
    stream: { kind: "answer", headers: { "content-type": eventStream }, body: sse(halfReply) },
  },
  { name: "wrong content type", class: "passing", told: malformed, unary: loginPage, stream: loginPage },
  {
    name: "SSE error event first",
    class: "passing",
    told: failed,
    ...inStream([sse({ error: { message: "The engine is on fire.", type: "server_error", code: null } })], "hang"),
  },
  { name: "SSE cut before content", class: "passing", told: unreachable, ...inStream(begun(0), "cut") },
  { name: "SSE cut after 2 words", class: "too late", told: cut, text: seenText, ...inStream(begun(wordsSeen), "cut") },
  { name: "SSE ended after 2 words", class: "too late", told: cut, text: seenText, ...inStream(begun(wordsSeen)) },
  // What is sent to keep a connection alive, and a chunk that only names the role, are no content.
  { name: "SSE stall before content", class: "passing", told: timedOut, ...inStream([keepAlive, roleEvent, keepAlive], "hang") },
  { name: "SSE stall after 2 words", class: "too late", told: stalled, text: seenText, ...inStream(begun(wordsSeen), "hang") },
  {
    name: "duplicate [DONE]",
    class: "harmless",
    told: undefined,
    ...inStream([...wholeStream(firstWords), sse("[DONE]")]),
  },
  {
    name: "40 MB reply",
    class: "harmless",
    told: undefined,
    unary: { kind: "answer", body: completion(longText) },
    stream: { kind: "stream", pieces: longStream },
    text: longText,
    heavy: true,
  },
];
