import type { Result } from "../lib/result.ts";
import type { Call, InboundProtocol, TraceContext } from "./call.ts";
import type { Endpoint } from "./endpoints.ts";
import type { CallerKey } from "./caller-key.ts";
import type { RouterError } from "./errors.ts";
import type { Intake } from "./intake.ts";
import type { PinnedIds } from "./pinned-ids.ts";
import type { DecodedReply, FetchedCredentials, JsonMembers, JsonValue, ProviderAdapter, StreamEvent } from "./provider.ts";
import type { UpstreamRequest } from "./upstream.ts";

/** The name of OpenAI's format, the language between two others. */
export const openAiFormat = "openai";

/**
 * A wire format: what requests, replies, streams and errors look like. It has two sides, and either may be missing: {@link CallerFormat}
 * is how callers speak it to this server, and `connect` makes the adapter of a deployment that speaks it.
 *
 * A call's format is its caller's (`Call.format`). Where the deployment speaks the same one, bytes that need not change go through
 * untouched in both directions. Otherwise OpenAI's chat JSON stands between the two: the caller's side gives it for the request
 * (`Call.foreign`), the deployment's side gives it for the reply and each event, and the caller's side writes these in its own format.
 * `format` on a reply and on an event says which of the two it is.
 *
 * @example A folder `formats/lines/` with the same files as its siblings, and one object that `formats/index.ts` lists:
 *
 *     export const lines: Format = {
 *       name: "lines",
 *       caller: {
 *         format: "lines",
 *         findCall: (path) => (path === "/lines" ? route : undefined),
 *         readCall: readLinesCall,        // a Call with `format: "lines"` and a `foreign` that can give OpenAI's JSON
 *         takesTogether: false,
 *         streamType: "application/x-lines",
 *         writeReply: writeLinesReply,
 *         createWriter: (call) => new LinesWriter(call),
 *         writeError: writeLinesError,
 *       },
 *       connect: (host) => new LinesAdapter(host),
 *     };
 */
export interface Format<Quirks = undefined> {
  /** The name of its folder, which `Call.format` and `StreamEvent.format` hold. */
  readonly name: string;
  /** Undefined when no caller speaks it to this server. */
  readonly caller?: CallerFormat | undefined;
  /**
   * Makes the adapter of one deployment. Undefined when no deployment speaks it.
   * @param quirks What differs between the hosts that speak this format.
   */
  connect?(host: DeploymentHost, quirks: Quirks): ProviderAdapter;
}

/** What a format's reader is told of a request besides its body. */
export interface CallContext {
  readonly endpoint: Endpoint;
  /** As in {@link CallRoute.operation}. */
  readonly operation?: string | undefined;
  /** The model that the request's path names; it wins over the body's. */
  readonly pathModel: string | undefined;
  readonly callId: string;
  readonly inboundProtocol: InboundProtocol;
  readonly caller: CallerKey | undefined;
  /** What the request holds of the process. Omit it where it holds nothing. */
  readonly intake?: Intake | undefined;
  readonly traceContext: TraceContext | undefined;
  /** Milliseconds on the router's clock. */
  readonly now: number;
  /** When the caller stops waiting, on the same scale. Omit it where the caller waits for any time. */
  readonly deadline?: number | undefined;
  /** Omit it for a call that came by gRPC. */
  readonly http?: HttpContext | undefined;
  /** All headers of the request, lower-case names, for formats that have headers of their own (`anthropic-beta`). */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

/** What an HTTP request says besides its headers and its body. */
export interface HttpContext {
  readonly method: CallMethod;
  /** With its `?`, or empty. */
  readonly query: string;
  /** As {@link CallRoute.kept}. */
  readonly kept: readonly string[] | undefined;
  /** Reads the ids of what deployments keep. */
  readonly ids: PinnedIds;
}

/** What a path of a caller's API stands for. */
export interface CallRoute {
  readonly kind: "call";
  /** Reads the request and writes the answer. */
  readonly caller: CallerFormat;
  /** The operation, or the one that it comes closest to. */
  readonly endpoint: Endpoint;
  /** The format's own name for the operation (`messages`, `count_tokens`). Omit it where `endpoint` says all. */
  readonly operation?: string | undefined;
  /** The model named in the path; it wins over the body's. */
  readonly model: string | undefined;
  /** The HTTP methods that the path answers. Omit it for POST alone. */
  readonly methods?: readonly CallMethod[] | undefined;
  /**
   * What the body is: JSON; a form (`multipart/form-data`), or JSON in its place, handed to {@link CallerFormat.readCall} as it came; or none, whatever a request
   * has sent. Omit it for JSON.
   */
  readonly body?: "json" | "form" | "none" | undefined;
  /** What the path names of what a deployment keeps, and what of it is asked for: `["resp_1", "input_items"]`. Omit it for nothing. */
  readonly kept?: readonly string[] | undefined;
}

export type CallMethod = "POST" | "GET" | "DELETE";

/** What is told of an answer besides itself, to who writes it. */
export interface AnswerContext {
  /** The deployment that it came from. */
  readonly deploymentId: string;
  readonly ids: PinnedIds;
}

/** How callers speak a format: reads their requests and writes what they are answered. */
export interface CallerFormat {
  /** As `Format.name`. */
  readonly format: string;
  /**
   * What a path of this format's API stands for; undefined for the path of another API.
   * @param path Without its query.
   * @param method Of the request. Where the path does not answer it, the route of one that it does.
   */
  findCall(path: string, method: string): CallRoute | undefined;
  /** Its paths and their methods in words, for who asked for another one. Omit it for none. */
  readonly knownPaths?: string | undefined;
  /**
   * Reads a request, whole or in the pieces that it came in.
   * @returns The call, or the error that names the field or the place at fault.
   */
  readCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError>;
  /** Whether pieces of text that came together may come as one event (see `StreamEvent.parts`): true where events are passed on as bytes only. */
  readonly takesTogether: boolean;
  /** The content type of a stream. Whole replies and errors are JSON. */
  readonly streamType: string;
  /** The reply as the caller is to get it: the very bytes where the reply is in this format. */
  writeReply(reply: DecodedReply, call: Call, context: AnswerContext): Buffer | RouterError;
  /** A writer for one stream, from its first event. */
  createWriter(call: Call, ids: PinnedIds): StreamWriter;
  /** @param usualStatus The HTTP status that such an error has where the format has no rule of its own. */
  writeError(error: RouterError, usualStatus: number, callId?: string): WrittenError;
  /** The header by which this API's clients know a request, beside `x-request-id`. Omit it for none. */
  readonly requestIdHeader?: string | undefined;
  /**
   * Answers what deployments of this format alone can serve (`ForeignRequest.onlyNative`), where the name leads to none.
   * @param tokensOf How many tokens a prompt of so many bytes is likely to have there.
   * @returns JSON, with headers that say how it came about. Omit it where such calls fail.
   */
  readonly answerAlone?: ((call: Call, tokensOf: (bytes: number) => number) => AnsweredAlone) | undefined;
}

/** An answer that no deployment has given. */
export interface AnsweredAlone {
  /** JSON. */
  readonly body: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes one stream in a caller's format. May keep state: one event can make several of the caller's, or none. */
export interface StreamWriter {
  /** Called once, before the first event, with the deployment that it comes from. Omit it where that does not show. */
  begin?(deploymentId: string): void;
  /** @returns The event's own bytes where it is in this format; otherwise what it becomes; undefined when there is nothing to send. */
  write(event: StreamEvent): Buffer | undefined;
  /** What keeps the stream open while there is nothing to send, and is no event to its readers; undefined where the format has no such thing. */
  ping(): Buffer | undefined;
  /**
   * Writes one of the last events with what the headers could not tell of the call, as a member `huntgroup` or as the format can; otherwise
   * as {@link write}.
   */
  writeWith(note: JsonMembers, event: StreamEvent): Buffer | undefined;
  /** What ends the stream. @param sawDone Whether a `done` event was written, so that the deployment's own end has gone out. */
  end(sawDone: boolean): Buffer | undefined;
  /** Whether the response has the type that the first event tells (`StreamEvent.contentType`). Omit it for the format's own. */
  readonly followsType?: boolean | undefined;
  /** Whether what is written is no stream of events but an answer's own bytes (audio), which have no room for signs of life. Omit it for no. */
  readonly isPlain?: boolean | undefined;
  /**
   * What tells of an error in a stream that has begun. It is the last thing that is sent; undefined to break the response off.
   * @param note As for {@link writeWith}, where the headers could not tell it.
   */
  fail(error: RouterError, note?: JsonMembers): Buffer | undefined;
}

/** An error in a caller's format. */
export interface WrittenError {
  readonly status: number;
  /** Lower-case names, added to those that every error has. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** JSON. */
  readonly body: string | Buffer;
}

/** Where one deployment is reached and who asks there: what a provider knows and its format does not. */
export interface DeploymentHost {
  /** For messages. */
  readonly deploymentId: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query. Formats differ in what it depends on: the operation, the model, whether the reply is streamed. */
  path(call: Call, upstreamModel: string): string;
  /** The headers of every request, lower-case names, credentials that stay the same included. The format adds what describes the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** The model's name in the body, where it differs from the configured one. */
  bodyModel?(upstreamModel: string): string;
  /** Request parameters for what the caller did not set. */
  readonly defaults: Readonly<Record<string, JsonValue>>;
  /** Request parameters that are left out, whether the caller or a default sets them. */
  readonly dropped: Iterable<string>;
  /** Takes this deployment's secrets out of a text that its provider wrote. */
  readonly redact: (text: string) => string;
  /** As {@link ProviderAdapter.notes}. */
  readonly notes?: readonly string[] | undefined;
  /** Omit it where all credentials stand in `headers`. */
  readonly signer?: RequestSigner | undefined;
}

/**
 * Adds to a request what proves who sends it, where that changes while the program runs: tokens that are refreshed, keys of a role, a
 * signature over the body (SigV4). Whoever makes it fetches and renews the credentials in the background, with a clock of its own, so that
 * `ProviderAdapter.encode` stays synchronous.
 */
export interface RequestSigner {
  /** @returns The request with its proof, or the error that the attempt fails with while there are no credentials. */
  sign(request: UpstreamRequest): UpstreamRequest | RouterError;
  /** Called when the provider refused what was signed: the credentials should be fetched anew before their time is over. */
  refused(): void;
  /** As {@link ProviderAdapter.credentials}. */
  readonly credentials?: FetchedCredentials | undefined;
}
