import type { Result } from "../lib/result.ts";
import type { Call } from "./call.ts";
import type { RouterError } from "./errors.ts";
import type { Usage } from "./outcome.ts";
import type { UpstreamHeaders, UpstreamRequest } from "./upstream.ts";

/**
 * One deployment's translator between the house's JSON and a provider's bytes. Pure: it opens no socket and keeps no state
 * between calls. Everything that can be computed once (URLs, headers, default parameters) was computed when it was made.
 */
export interface ProviderAdapter {
  /** @param upstreamModel The model name the provider is to see (differs from the configured one under a wildcard). */
  encode(call: Call, upstreamModel: string): UpstreamRequest;
  /** A whole, successful (2xx) reply to a unary call. An error here means that the reply was malformed. */
  decodeReply(call: Call, headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError;
  /** A fresh decoder for one streamed reply, or the error that its head already shows (a wrong content type). */
  decodeStream(call: Call, headers: UpstreamHeaders): StreamDecoder | RouterError;
  /** The error that a status outside 2xx stands for. Knows how to read the provider's error bodies and Retry-After. */
  decodeError(status: number, headers: UpstreamHeaders, body: Buffer): RouterError;
  /** What the provider says is left of its own limits; undefined where it does not say. */
  readQuota(headers: UpstreamHeaders): Quota | undefined;
  /** The text that a content event adds to the answer; undefined when it adds anything else (tool calls, reasoning, a second choice). */
  readText(event: StreamEvent): string | undefined;
  /** How this deployment goes on with an answer that another one began; undefined where it cannot. */
  readonly continuation: Continuation | undefined;
}

/** Resuming a cut stream from what the caller has of it. */
export interface Continuation {
  /** The call with the beginning of its answer, to be gone on with. */
  resume(call: Call, text: string): Call;
  /** The last chunk of a resumed answer, saying so. */
  markResumed(event: StreamEvent, from: string, by: string): StreamEvent;
}

/** What is left of a provider's limits, as it says in its replies. */
export interface Quota {
  /** `resetMs`: from now until it is whole again. */
  readonly requests: { readonly left: number; readonly resetMs: number } | undefined;
  readonly tokens: { readonly left: number; readonly resetMs: number } | undefined;
}

export interface DecodedReply {
  /** OpenAI's JSON, with `model` as the caller named it; otherwise the provider's own bytes where these are OpenAI's format. */
  readonly body: Buffer;
  readonly usage: Usage | undefined;
}

/** Turns arbitrary slices of a stream into whole events. */
export interface StreamDecoder {
  /** Calls `emit` for each event that `chunk` completes. */
  push(chunk: Buffer, emit: (event: StreamEvent) => void): void;
  /** The bytes are over: emits what was incomplete if it is still an event. */
  end(emit: (event: StreamEvent) => void): void;
}

/**
 * - `content`: something a reader of the answer would see (text, reasoning, tool calls, refusal): it commits the stream.
 * - `preamble`: a chunk without content, such as the first one that only names the role.
 * - `finish`: a chunk that carries a finish reason, or the usage.
 * - `done`: the `[DONE]` mark. At most one is emitted.
 * - `error`: the provider's error inside a 200 stream; see {@link StreamEvent.error}.
 * - `other`: comments, keep-alives, named events: passed on to doors that can carry them.
 */
export type StreamEventKind = "content" | "preamble" | "finish" | "done" | "error" | "other";

export interface StreamEvent {
  readonly kind: StreamEventKind;
  /** The whole event as server-sent-event bytes, its blank line included, ready for the wire. */
  readonly bytes: Buffer;
  /** The JSON text of its `data`, for doors that speak another protocol. Undefined for `done` and `other` without data. */
  readonly data: Buffer | undefined;
  readonly usage: Usage | undefined;
  readonly error: RouterError | undefined;
  /** Of one that stands for several pieces of text, which came together: each by itself, in order. `data` is undefined then. */
  parts?(): readonly StreamEvent[];
}

/** JSON as parsed. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A deployment's `litellm_params`, less what the router itself acts on; environment references are resolved. */
export interface DeploymentParams {
  /** For messages. */
  readonly deploymentId: string;
  /** The part of `model` before its first `/` that chose the provider; for a bare name, the host that was inferred. */
  readonly prefix: string;
  /** The model name as the provider knows it. May hold `*` in a wildcard deployment. */
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly apiBase: string | undefined;
  readonly apiVersion: string | undefined;
  readonly organization: string | undefined;
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Request parameters for what the caller did not set itself. */
  readonly defaults: Readonly<Record<string, JsonValue>>;
  /** Whether parameters that the provider is known to refuse are left out of requests. */
  readonly dropParams: boolean;
  /** Parameters left out of every request. */
  readonly additionalDropParams: readonly string[];
  readonly mockResponse: JsonValue | undefined;
  /** `model_info.supports_assistant_prefill`: it goes on with an assistant message at the end of a request. */
  readonly assistantPrefill: boolean;
  /** Settings of the built-in mock provider (`litellm_params.mock`). */
  readonly mock: Readonly<Record<string, JsonValue>> | undefined;
  /** An environment variable, for keys left to the provider's usual one. */
  env(name: string): string | undefined;
}

/** What is wrong with one parameter. */
export interface ParamProblem {
  /** The key under `litellm_params`, dotted where nested: `api_base`, `mock.error_rate`. */
  readonly key: string;
  /** What is wrong and what is allowed; never a secret's value. */
  readonly message: string;
  /** More on what is allowed, too long to be repeated: told once, however many deployments have the problem. */
  readonly detail?: string;
}

/** A wire format, as it is listed. */
export interface ProviderPlugin {
  /** Its folder's name. */
  readonly name: string;
  /** The prefixes of `litellm_params.model` that choose it. */
  readonly prefixes: readonly string[];
  /** Computes once what every request to this deployment shares. */
  connect(params: DeploymentParams): Result<ProviderAdapter, readonly ParamProblem[]>;
}

/** A `litellm_params.model` taken apart. */
export interface ProviderChoice {
  readonly plugin: ProviderPlugin;
  /** The provider's name for people and metrics: `groq`, `azure`, … */
  readonly provider: string;
  readonly prefix: string;
  readonly model: string;
}

/** All known providers. */
export interface ProviderRegistry {
  /**
   * @param model `litellm_params.model`. Only its first `/` separates a prefix from the name; a bare name's provider is inferred.
   * @param hints What else may tell the provider.
   */
  choose(
    model: string,
    hints: { readonly customProvider: string | undefined; readonly apiBase: string | undefined },
  ): Result<ProviderChoice, ParamProblem>;
}
