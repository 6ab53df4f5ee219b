import type { Call } from "../../core/call.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { AttemptRecord, CallRecord } from "../../core/observer.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { ShadowCounts } from "../../core/shadow/shadow-counts.ts";
import type { Refusal } from "../../inbound/inbound-observer.ts";

/** What counting needs of the records that observers receive: plain data, so that it can come from another thread. */

/** The deployment that something is counted for. */
export interface CountedDeployment {
  readonly id: string;
  readonly group: string;
}

interface CountedFault {
  readonly code: ErrorCode;
  /** For people. Undefined where only the code is told. */
  readonly message?: string | undefined;
}

/** The outcome of an attempt, of an error its code alone. */
export type CountedOutcome =
  | Exclude<Outcome, { readonly kind: "failure" }>
  | (Omit<Extract<Outcome, { readonly kind: "failure" }>, "error"> & { readonly error: CountedFault });

/** An attempt that has ended. */
export interface CountedAttempt extends Pick<AttemptRecord, "kind" | "after" | "endedAt" | "costUsd"> {
  readonly deployment: CountedDeployment;
  readonly outcome: CountedOutcome;
}

/** A call that has ended. */
export interface CountedCall extends Pick<
  CallRecord,
  "group" | "startedAt" | "endedAt" | "firstTokenMs" | "queuedMs" | "overheadMs" | "usage" | "costUsd"
> {
  readonly call: Pick<Call, "inboundProtocol" | "stream"> & { readonly caller: { readonly name: string } | undefined };
  readonly deployment: CountedDeployment | undefined;
  readonly error: CountedFault | undefined;
}

/** A request that was refused before it became a call. */
export type CountedRefusal = Pick<Refusal, "inboundProtocol" | "code">;

/** Receives what is to be counted. */
export interface Counter {
  callStarted?(): undefined;
  attemptEnded?(attempt: CountedAttempt): void;
  callEnded?(call: CountedCall): void;
  cooldownStarted?(deployment: CountedDeployment, error: CountedFault): void;
  refused?(refusal: CountedRefusal): void;
  /** Of shadow strategies on another thread, since the last time. */
  shadowed?(counts: readonly ShadowCounts[]): void;
}
