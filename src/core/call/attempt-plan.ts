import type { Clock } from "../../lib/clock.ts";
import type { Call } from "../call.ts";
import type { RouterError } from "../errors.ts";
import type { Outcome } from "../outcome.ts";
import type { DecodedReply, ResumedAnswer } from "../provider.ts";
import type { AttemptProgress } from "../flow/attempt-progress.ts";
import type { Ledger } from "../state/ledger.ts";
import type { Reservation } from "../state/reservation.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { Upstream } from "../upstream.ts";
import type { AttemptObservation } from "./accounting.ts";
import type { AttemptBounds, BoundSetter } from "./attempt-bounds.ts";
import type { GroupAttempts } from "./group-attempts.ts";

/** What an attempt is made by. */
export interface AttemptPlan {
  /** As it is sent to this deployment. */
  readonly call: Call;
  readonly entry: RoutedDeployment;
  /** The call's stay in the group that the deployment was picked from. */
  readonly groupAttempts: GroupAttempts;
  readonly upstreamModel: string;
  /** Made when the deployment was picked. */
  readonly reservation: Reservation;
  /** Undefined where it is not followed. */
  readonly progress: AttemptProgress | undefined;
  /** Now, on the router's clock. */
  readonly startedAt: number;
  readonly bounds: AttemptBounds;
  /** The answer that this attempt goes on with after a cut. Undefined for any other attempt. */
  readonly resumed: ResumedAnswer | undefined;
  readonly observation: AttemptObservation;
}

/** How an attempt ended: `outcome` is what it says about the deployment, the rest is what it means for the call. */
export type AttemptEnd =
  /** The whole reply to a unary call is there. */
  | { readonly kind: "replied"; readonly outcome: Outcome; readonly reply: DecodedReply }
  /** A stream came to its end. */
  | { readonly kind: "streamed"; readonly outcome: Outcome }
  | {
      readonly kind: "failed";
      readonly outcome: Outcome;
      readonly error: RouterError;
      /** Who set the timeout that ran out: a caller's own impatience says little of a deployment. Undefined where none did. */
      readonly timeoutBy: BoundSetter | undefined;
    }
  /** Its owner cancelled it. */
  | { readonly kind: "cancelled"; readonly outcome: Outcome };

export interface AttemptDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly upstream: Upstream;
  /** Called for each fault of a user's strategy. The caller's answer does not depend on it. */
  onInternalError(error: unknown): void;
}
