import type { Call } from "../call.ts";
import type { Deployment } from "../deployment.ts";
import type { RouterSettings } from "../router-settings.ts";

/**
 * Who set a bound: the caller by its request, the operator by the configuration, or nobody, where it is the usual one. A caller's bound that
 * is no shorter than what it stands for counts as the other's: what misses it has missed both.
 */
export type BoundSetter = "caller" | "operator" | "default";

/** What an attempt's times are bounded by, in milliseconds. Infinity does not bound. */
export interface AttemptBounds {
  /** The whole answer: of a unary call its `timeout`, of a stream its `stream_total_timeout`. */
  readonly wholeMs: number;
  readonly wholeBy: BoundSetter;
  /** A stream's first content: connecting and the head included, and nothing but content ends the wait. Infinity for a unary call. */
  readonly contentMs: number;
  readonly contentBy: BoundSetter;
  /** Each silence of a stream that has begun. Infinity for a unary call. */
  readonly gapMs: number;
  readonly gapBy: BoundSetter;
}

/** `timeout` where neither caller nor configuration say one. */
const usualTimeoutMs = 600_000;
/** The longest silence of a stream where no setting says one: silence for ever would hold a place for ever. */
const usualGapMs = 300_000;

/**
 * The bounds of one attempt. `timeout` bounds each wait for something to read, as LiteLLM's does: the whole of a unary answer, but of a
 * stream the first content and each gap alone. `stream_timeout` is the same for streams, and wins over it.
 */
export function attemptBounds(call: Call, deployment: Deployment, settings: RouterSettings): AttemptBounds {
  const timeoutMs = call.timeoutMs ?? deployment.timeoutMs ?? settings.timeoutMs;
  const ownMs = deployment.timeoutMs ?? settings.timeoutMs;
  const timeoutBy = setterOf(call.timeoutMs, ownMs, usualTimeoutMs);
  if (!call.stream) {
    return { ...unbounded, wholeMs: timeoutMs ?? usualTimeoutMs, wholeBy: timeoutBy };
  }
  const streamMs = call.streamTimeoutMs ?? deployment.streamTimeoutMs ?? settings.streamTimeoutMs;
  const ownStreamMs = deployment.streamTimeoutMs ?? settings.streamTimeoutMs ?? ownMs;
  const streamBy = setterOf(call.streamTimeoutMs ?? (streamMs === undefined ? call.timeoutMs : undefined), ownStreamMs, usualTimeoutMs);
  // Who speaks may think for long. The conversation's own end bounds it.
  if (call.messages !== undefined) return { ...unbounded, contentMs: streamMs ?? timeoutMs ?? usualTimeoutMs, contentBy: streamBy };
  const idleMs = settings.streamIdleTimeoutMs;
  return {
    wholeMs: settings.streamTotalTimeoutMs ?? Number.POSITIVE_INFINITY,
    wholeBy: "operator",
    contentMs: streamMs ?? timeoutMs ?? usualTimeoutMs,
    contentBy: streamBy,
    gapMs: idleMs ?? streamMs ?? timeoutMs ?? usualGapMs,
    gapBy: idleMs === undefined ? streamBy : "operator",
  };
}

function setterOf(callersMs: number | undefined, ownMs: number | undefined, usualMs: number): BoundSetter {
  if (callersMs !== undefined && callersMs < (ownMs ?? usualMs)) return "caller";
  return ownMs === undefined ? "default" : "operator";
}

const unbounded: AttemptBounds = {
  wholeMs: Number.POSITIVE_INFINITY,
  wholeBy: "default",
  contentMs: Number.POSITIVE_INFINITY,
  contentBy: "default",
  gapMs: Number.POSITIVE_INFINITY,
  gapBy: "default",
};
