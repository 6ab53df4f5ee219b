import { RouterError } from "../errors.ts";
import type { DecodedReply } from "../provider.ts";
import type { ReplySink } from "../reply-sink.ts";
import type { CallAccounting } from "./accounting.ts";

/**
 * The ends of a call: its accounts are settled, then the caller is told, then the observers. What a sink throws is reported, and its call
 * ends as a failure all the same: it neither stays open nor stays counted.
 */

interface CallEndDeps {
  /** Called with what sinks throw. */
  onInternalError(error: unknown): void;
}

/** The call ends with a deployment's whole reply. */
export function endWithReply(sink: ReplySink, reply: DecodedReply, accounting: CallAccounting, now: number, deps: CallEndDeps): void {
  accounting.settle(undefined, now);
  let fault: RouterError | undefined;
  try {
    accounting.follower?.replied?.(reply);
    sink.onReply(reply, accounting.route(now, undefined, accounting.costUsd));
  } catch (cause) {
    fault = sinkFault(cause, deps);
    tellFailure(sink, fault, accounting, now, deps);
  }
  accounting.end(fault, now);
}

/** The call ends with the end of its stream. */
export function endWithStream(sink: ReplySink, accounting: CallAccounting, now: number, deps: CallEndDeps): void {
  accounting.settle(undefined, now);
  let fault: RouterError | undefined;
  try {
    sink.onStreamEnd(accounting.isOpenedEarly ? accounting.route(now, undefined, accounting.costUsd) : undefined);
  } catch (cause) {
    fault = sinkFault(cause, deps);
    tellFailure(sink, fault, accounting, now, deps);
  }
  accounting.end(fault, now);
}

/** The call ends with an error. */
export function endWithFailure(sink: ReplySink, error: RouterError, accounting: CallAccounting, now: number, deps: CallEndDeps): void {
  accounting.settle(error, now);
  tellFailure(sink, error, accounting, now, deps);
  accounting.end(error, now);
}

function tellFailure(sink: ReplySink, error: RouterError, accounting: CallAccounting, now: number, deps: CallEndDeps): void {
  try {
    // What a stream that has begun will have cost is not known yet to who reads its headers.
    const isTold = accounting.isOpenedEarly || !accounting.isStreaming;
    sink.onFailure(error, accounting.route(now, undefined, isTold ? accounting.costUsd : undefined));
  } catch (cause) {
    sinkFault(cause, deps);
  }
}

function sinkFault(cause: unknown, deps: CallEndDeps): RouterError {
  deps.onInternalError(cause);
  return new RouterError("internal", "The answer could not be written.", { cause });
}
