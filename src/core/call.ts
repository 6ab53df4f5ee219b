import type { JsonText } from "../lib/json/json-text.ts";
import type { CallerKey } from "./caller-key.ts";
import type { Endpoint } from "./endpoints.ts";
import type { RouterError } from "./errors.ts";
import type { Intake } from "./intake.ts";
import type { CallerMessages } from "./caller-messages.ts";
import type { UnitCounts } from "./outcome.ts";

/** The protocol that a call came by. */
export type InboundProtocol = "rest" | "grpc" | "grpc_web" | "connect";

/** The W3C trace context that a call came with, as it was sent: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

/** A request in a format other than OpenAI's, as its caller wrote it. */
export interface ForeignRequest {
  /** The format of `Call.body`. */
  readonly format: string;
  /** The format's own name for what is asked: `messages`, `count_tokens`. */
  readonly operation: string;
  /** Headers that belong to the format and go to deployments of the same one, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether only deployments that answer in this format can serve it, since OpenAI's format has no such operation. */
  readonly onlyNative: boolean;
  /** The request as OpenAI's JSON, made at the first call and kept; or why there is no such JSON. */
  toOpenAi(): JsonText | RouterError;
}

/** What a call is done with when it is not the making of an answer: something that a deployment keeps. */
export interface KeptResource {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path and query below the base of the deployment's API, with the names that it has for what it keeps: `/responses/resp_1/input_items?limit=5`. */
  readonly path: string;
}

/**
 * One caller's request as the core sees it, whatever protocol it came by. Immutable: attempts share no mutable state.
 * The core routes on the fields and hands `body` through unread.
 *
 * @example What inbound protocols make of `{"model":"gpt-4o","stream":true,"num_retries":1,"messages":[…]}`, shortened:
 *
 *     { id: "3f1c…", endpoint: "chat", model: "gpt-4o", stream: true, numRetries: 1, body, arrivedAt: clock.now(), deadline: undefined, … }
 */
export interface Call {
  readonly id: string;
  readonly endpoint: Endpoint;
  /** The format that the caller speaks and is answered in: `openai`, … */
  readonly format: string;
  readonly inboundProtocol: InboundProtocol;
  /** The caller's key. Undefined for the master key, and where no key is asked for. */
  readonly caller: CallerKey | undefined;
  /** The conversation that it belongs to, as its client tells it (`core/session`): for what it is kept with, never for what it may do. */
  readonly session?: string | undefined;
  /** With whom it shares what is scarce: its key's name, without a key its conversation with all subagents. Omit it for one that all share. */
  readonly tenant?: string | undefined;
  /** What its request holds of the process. Omit it for a call that holds nothing. */
  readonly intake?: Intake | undefined;
  readonly traceContext: TraceContext | undefined;
  /** The model name as the caller wrote it. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether the caller itself asked for a usage chunk at the end of its stream. */
  readonly includeUsage: boolean;
  /** The request: OpenAI's JSON, or in the format that `foreign` names. */
  readonly body: JsonText;
  /**
   * The deployment that keeps what the call names, by its id: only it can serve the call, and where a model is asked, deployments of the same account.
   * Omit it for a call that any of the group's may serve.
   */
  readonly pinnedTo?: string | undefined;
  /** The call as others can serve it, where none of its pin can: without what only they can read. Omit it where it makes no sense elsewhere. */
  withoutPin?(): Call;
  /** Omit it for a call that asks a model. */
  readonly resource?: KeptResource | undefined;
  /** What the caller says while the call goes on. Omit it for a call that is one request. */
  readonly messages?: CallerMessages | undefined;
  /** Undefined when `body` is OpenAI's JSON. A call whose body was rewritten as OpenAI's JSON has none either, whatever its `format`. */
  readonly foreign: ForeignRequest | undefined;
  /** The caller's cap on the output tokens of each answer, the larger one of two. Undefined when it gave none. */
  readonly maxOutputTokens: number | undefined;
  /** How many answers it asks for, over all its prompts; at least 1. 0 for what is not answered in tokens. */
  readonly answers: number;
  /** What it asks for that is priced by the piece, as far as the request tells. Omit it for what is priced by the token alone. */
  readonly units?: UnitCounts | undefined;
  /** When the whole request had arrived, on the router's clock. */
  readonly arrivedAt: number;
  /** The moment, on the router's clock, after which the caller waits no more. Undefined when it waits for as long as it takes. */
  readonly deadline: number | undefined;
  /** Overrides of the configuration by this one request; undefined where it makes none. Times in milliseconds. */
  readonly numRetries: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly streamTimeoutMs: number | undefined;
  /** How long a silence of its stream may be, where the deployment lets callers say so; 0 for any length. */
  readonly keepaliveMs?: number | undefined;
  /** Where to go when the group fails, instead of what is configured. */
  readonly fallbacks: readonly FallbackTarget[] | undefined;
  readonly contextWindowFallbacks: FallbackTable | undefined;
  readonly contentPolicyFallbacks: FallbackTable | undefined;
  readonly disableFallbacks: boolean;
  readonly maxFallbacks: number | undefined;
  /** What the deployment must be tagged with; `!tag` must not be there, `&tag` must. */
  readonly tags: readonly string[];
  /** The region that the call must stay in, such as `eu`. Undefined when it may go anywhere. */
  readonly allowedRegion: string | undefined;
  /** Whether it asks for an answer by a JSON schema. */
  readonly wantsResponseSchema: boolean;
  /** Smaller numbers go first when calls have to wait. */
  readonly priority: number;
  /** What kind of request its client says that it is (`core/session`), where it names no priority of its own. Omit it for none. */
  readonly requestClass?: string | undefined;
}

/** A model to try instead. */
export interface FallbackTarget {
  readonly model: string;
  /** Changes the request for this target alone: its own messages and parameters. Returns undefined for a call that it cannot change. */
  readonly amend: ((call: Call) => Call | undefined) | undefined;
}

/** Targets by the group that failed. */
export type FallbackTable = ReadonlyMap<string, readonly FallbackTarget[]>;
