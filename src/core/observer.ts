import type { Call } from "./call.ts";
import type { Deployment } from "./deployment.ts";
import type { ErrorCode, RouterError } from "./errors.ts";
import type { Outcome, Usage } from "./outcome.ts";
import type { DecodedReply, StreamEvent } from "./provider.ts";
import type { AttemptTrace } from "./reply-sink.ts";

/**
 * What hears of the router's work: metrics, logs, traces. All moments are on the router's clock, in milliseconds.
 * Observers are called synchronously, so they must be quick; what one throws is reported and goes no further.
 *
 * @example An observer that counts failed calls, and one that follows each call:
 *
 *     const failures: RouterObserver = { callEnded: ({ error }) => void (error !== undefined && count++) };
 *     const follower: RouterObserver = {
 *       callStarted: (call) => ({ ended: ({ endedAt, startedAt }) => note(call.id, endedAt - startedAt) }),
 *     };
 */
export interface RouterObserver {
  /** A call was taken in. What is returned hears of this call alone. Return undefined not to follow it. */
  callStarted?(call: Call): CallObserver | undefined;
  /** Every attempt ends exactly once. */
  attemptEnded?(attempt: AttemptRecord, call: Call): void;
  /** Every call ends exactly once, cancelled ones and those without a deployment included. */
  callEnded?(record: CallRecord): void;
  /** A deployment cools down, or does so for longer. `until` is on the router's clock. */
  cooldownStarted?(deployment: Deployment, error: RouterError, now: number, until: number): void;
}

/** Follows one call. */
export interface CallObserver {
  /** Before the attempt's request is made. */
  attemptStarted?(attempt: AttemptStart): AttemptObserver | undefined;
  /** The whole reply, in the caller's format or in OpenAI's. */
  replied?(reply: DecodedReply): void;
  /** A piece of the stream, in the caller's format or in OpenAI's. */
  streamed?(event: StreamEvent): void;
  ended?(record: CallRecord): void;
}

/** Follows one attempt. */
export interface AttemptObserver {
  /** Added to the request to the deployment, lower-case names: how a trace goes on there. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The request is on its way to this scheme, host and port. */
  sent?(origin: string): void;
  ended?(record: AttemptRecord): void;
}

/** Why an attempt was made: the call's first, another one in the same group, in another group, beside a late one, after a cut stream. */
export type AttemptKind = "first" | "retry" | "fallback" | "hedge" | "resume";

export interface AttemptStart {
  /** From 1, over all groups. */
  readonly number: number;
  readonly kind: AttemptKind;
  readonly deployment: Deployment;
  /** The model name that the provider is sent. */
  readonly upstreamModel: string;
  readonly startedAt: number;
  /** Why the attempt before it was not enough; undefined for the first one and for hedges. */
  readonly after: ErrorCode | undefined;
}

export interface AttemptRecord extends AttemptStart {
  readonly endedAt: number;
  readonly outcome: Outcome;
  /** US dollars; undefined where usage or prices are not known. */
  readonly costUsd: number | undefined;
}

export interface CallRecord {
  readonly call: Call;
  /** The group that answered, or was tried last: always a configured one; empty when the name leads to none. */
  readonly group: string;
  /** The one that answered, or was tried last. */
  readonly deployment: Deployment | undefined;
  /** Undefined when it went well. `cancelled` when the caller hung up. */
  readonly error: RouterError | undefined;
  /** From here to `endedAt`: the whole call, from the request's last byte to the answer's. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attempts: number;
  /** Every attempt that has ended, in order. */
  readonly trace: readonly AttemptTrace[];
  readonly retries: number;
  readonly fallbacks: number;
  /** As `RouteInfo.adjusted`. */
  readonly adjusted?: readonly string[] | undefined;
  /** To the first content of a stream, or to the whole reply; undefined when there was none. */
  readonly firstTokenMs: number | undefined;
  /** Time spent in the queue for capacity. */
  readonly queuedMs: number;
  /** Time inside this program, until the caller was answered. */
  readonly overheadMs: number;
  /** Over all attempts. */
  readonly usage: Usage | undefined;
  readonly costUsd: number | undefined;
}
