import type { Call } from "../../core/call.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { AttemptRecord, CallRecord } from "../../core/observer.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Refusal } from "../../inbound/inbound-observer.ts";

/** What counting needs of the records that listeners are told: plain data, so that it can come from another thread. */

export interface CountedDeployment {
  readonly id: string;
  readonly group: string;
}

interface CountedFault {
  readonly code: ErrorCode;
}

export type CountedOutcome =
  | Exclude<Outcome, { readonly kind: "failure" }>
  | (Omit<Extract<Outcome, { readonly kind: "failure" }>, "error"> & { readonly error: CountedFault });

export interface CountedAttempt extends Pick<AttemptRecord, "kind" | "after" | "endedAt" | "costUsd"> {
  readonly deployment: CountedDeployment;
  readonly outcome: CountedOutcome;
}

export interface CountedCall extends Pick<
  CallRecord,
  "group" | "startedAt" | "endedAt" | "firstTokenMs" | "queuedMs" | "overheadMs" | "usage" | "costUsd"
> {
  readonly call: Pick<Call, "inboundProtocol" | "stream"> & { readonly caller: { readonly name: string } | undefined };
  readonly deployment: CountedDeployment | undefined;
  readonly error: CountedFault | undefined;
}

export type CountedRefusal = Pick<Refusal, "inboundProtocol" | "code">;

/** What counts. */
export interface Counter {
  callStarted?(): undefined;
  attemptEnded?(attempt: CountedAttempt): void;
  callEnded?(call: CountedCall): void;
  cooldownStarted?(deployment: CountedDeployment, error: CountedFault): void;
  refused?(refusal: CountedRefusal): void;
}
