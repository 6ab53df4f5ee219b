import { LocalSignal } from "../../lib/shared/local-signal.ts";
import type { SharedSignal } from "../../lib/shared/shared-signal.ts";

/** What the threads of a node tell each other of leases of limits. */
export interface LeaseSignals {
  /** Raised when a call lacks something that the store may have. */
  readonly lacking: Signal;
  /** Raised when the store has answered, or is known not to. */
  readonly answered: Signal;
  /** Whether the store answers, so that it is worth waiting for its word. */
  isLive: boolean;
}

/** As {@link SharedSignal}. */
type Signal = Pick<SharedSignal, "raise" | "count" | "raisedAfter">;

/** Signals of a node that has one thread. */
export function localLeaseSignals(): LeaseSignals {
  return { lacking: new LocalSignal(), answered: new LocalSignal(), isLive: false };
}
