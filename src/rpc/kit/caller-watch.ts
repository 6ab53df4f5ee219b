import { Code, ConnectError } from "@connectrpc/connect";
import { RouterError } from "../../core/errors.ts";
import type { Clock } from "../../lib/clock.ts";

/**
 * The core knows the call's deadline and ends the call itself, with the right outcome for the deployment. RPC gives up on the core this
 * long after the deadline: long enough for a busy event loop, too short for a caller to mind.
 */
export const deadlineGraceMs = 100;

/**
 * Calls `onGone`, once, when the caller no longer waits for the answer: it hung up, or its deadline has passed.
 * @returns Stops watching.
 */
export function watchCaller(signal: AbortSignal, clock: Clock, onGone: (error: RouterError) => void): () => void {
  let timer: ReturnType<Clock["schedule"]> | undefined;
  const aborted = (): void => {
    if (ConnectError.from(signal.reason).code === Code.DeadlineExceeded) {
      timer = clock.schedule(deadlineGraceMs, () => onGone(new RouterError("deadline_exceeded", "The caller's deadline has passed.")));
    } else {
      onGone(new RouterError("cancelled", "The caller hung up."));
    }
  };
  if (signal.aborted) aborted();
  else signal.addEventListener("abort", aborted, { once: true });
  return () => {
    signal.removeEventListener("abort", aborted);
    clock.cancel(timer);
  };
}
