import type { Call } from "../../core/call.ts";

/** What a call asks of a deployment, which in reality only its answer tells. */
export interface CallWork {
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** The blocks of its prompt, as `ReplicaJob.blocks`. */
  readonly blocks: readonly number[];
}

/** A call of the simulated traffic. The router sees a call like any other; the simulated world sees what it asks for. */
export interface SimulatedCall extends Call {
  readonly work: CallWork;
}

/** What a call of the simulated traffic asks for: the router may have copied the call on the way. */
export function workOf(call: Call): CallWork {
  if (!("work" in call)) throw new Error("a call that is not of the simulated traffic reached the simulated world");
  return (call as SimulatedCall).work;
}
