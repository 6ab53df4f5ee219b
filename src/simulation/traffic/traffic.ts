import type { CallWork } from "../world/simulated-call.ts";

/** One call that comes. */
export interface Arrival {
  /** Milliseconds from the beginning. */
  readonly at: number;
  readonly work: CallWork;
  readonly stream: boolean;
  /** The group that it asks for. */
  readonly model: string;
  /** Undefined where the caller tells of none. */
  readonly session: string | undefined;
  readonly tenant: string | undefined;
  readonly priority: number;
  /** How long its caller waits for the whole, in milliseconds. Undefined for as long as it takes. */
  readonly deadlineMs: number | undefined;
  /** How long its caller waits for the first content before it hangs up, in milliseconds. Undefined for as long as it takes. */
  readonly patienceMs: number | undefined;
}

/** The calls of one run, in the order in which they come. */
export type Traffic = Iterable<Arrival>;

/** One request of a trace of real traffic. */
export interface TracedRequest {
  /** Milliseconds since the trace's first request. */
  readonly at: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}
