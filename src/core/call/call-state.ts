import type { Clock, Timer } from "../../lib/clock.ts";
import type { Attempt } from "./attempt.ts";
import type { Recovery } from "./recovery.ts";
import type { Wait } from "./waiting.ts";

/**
 * Where a call stands. Each state holds what is under way in it, and nothing else does:
 *
 *     routing ───► attempting ◄──► racing        ended is reached from anywhere:
 *      ▲  │ ▲         │ ▲  │         │           by an answer, an error, or a
 *      │  ▼ └─────────┘ │  ▼         ▼           caller that hangs up
 *     waiting ──────────┘ streaming ◄┘
 */
export type CallState =
  /** The call chooses where to go. `inStart` as long as it may be within the router's `start`, from which no sink is called. */
  | { readonly name: "routing"; readonly inStart: boolean }
  /** The call waits for the time of a retry, or in the queue for capacity. */
  | { readonly name: "waiting"; readonly wait: Wait }
  /** One attempt is under way, of which the caller has nothing yet. */
  | { readonly name: "attempting"; readonly attempt: Attempt; readonly hedgeTimer: Timer | undefined }
  /** The first attempt is late and has a second one beside it: the one that has content first goes on. */
  | { readonly name: "racing"; readonly first: Attempt; readonly second: Attempt }
  /** The caller has had content. The attempt sends more of it, or is about to go on with a stream that was cut. */
  | { readonly name: "streaming"; readonly attempt: Attempt; readonly recovery: Recovery | undefined }
  /** The caller has been told, or has hung up. */
  | { readonly name: "ended" };

export const starting: CallState = { name: "routing", inStart: true };
export const routing: CallState = { name: "routing", inStart: false };
export const ended: CallState = { name: "ended" };

/** Ends what a state that is left holds and the next one does not: timers, a place in the queue, attempts. */
export function letGo(left: CallState, next: CallState, clock: Clock): void {
  switch (left.name) {
    case "waiting":
      left.wait.cancel();
      return;
    case "attempting":
      clock.cancel(left.hedgeTimer);
      if (!holds(next, left.attempt)) left.attempt.cancel();
      return;
    case "racing":
      if (!holds(next, left.first)) left.first.cancel();
      if (!holds(next, left.second)) left.second.cancel();
      return;
    case "streaming":
      if (!holds(next, left.attempt)) left.attempt.cancel();
      return;
    case "routing":
    case "ended":
      return;
    default:
      left satisfies never;
  }
}

/** When the deployment was asked that the call waits for, the first one in a race; undefined when it waits for none. */
export function askedAt(state: CallState): number | undefined {
  if (state.name === "attempting" || state.name === "streaming") return state.attempt.sentAt;
  return state.name === "racing" ? state.first.sentAt : undefined;
}

/** Whether an attempt goes on in a state. */
function holds(state: CallState, attempt: Attempt): boolean {
  switch (state.name) {
    case "attempting":
    case "streaming":
      return state.attempt === attempt;
    case "racing":
      return state.first === attempt || state.second === attempt;
    case "routing":
    case "waiting":
    case "ended":
      return false;
    default:
      return state satisfies never;
  }
}
