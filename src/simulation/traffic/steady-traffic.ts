import { exponential, type Random } from "../../lib/random.ts";
import type { Arrival, TracedRequest } from "./traffic.ts";

/** Traffic made of a trace's requests in their order. */
export interface SteadyTraffic {
  /** Whose sizes the calls have, in this order, from the beginning again when they are used up. */
  readonly sizes: readonly TracedRequest[];
  /** Which of the sizes comes first. */
  readonly from: number;
  readonly model: string;
  readonly durationMs: number;
}

/** Calls that come by chance, independently of each other (Poisson). @param perSecond How many come on average. */
export function* poissonTraffic({ sizes, from, model, durationMs }: SteadyTraffic, perSecond: number, random: Random): Generator<Arrival> {
  let at = 0;
  for (let index = from; ; index++) {
    at += exponential(random, 1_000 / perSecond);
    if (at >= durationMs) return;
    const size = sizes[index % sizes.length];
    if (size !== undefined) yield arrivalOf(size, at, model);
  }
}

/** Calls that come with the gaps of the trace itself, scaled to a mean rate. @param perSecond How many come on average. */
export function* traceTraffic({ sizes, from, model, durationMs }: SteadyTraffic, perSecond: number): Generator<Arrival> {
  const last = sizes.at(-1)?.at ?? 0;
  const meanGapMs = last / Math.max(sizes.length - 1, 1);
  const scale = 1_000 / perSecond / meanGapMs;
  let at = 0;
  for (let index = from; ; index++) {
    const size = sizes[index % sizes.length];
    const before = sizes[(index - 1 + sizes.length) % sizes.length];
    if (size === undefined || before === undefined) return;
    const gapMs = index === from ? 0 : index % sizes.length === 0 ? meanGapMs : size.at - before.at;
    at += gapMs * scale;
    if (at >= durationMs) return;
    yield arrivalOf(size, at, model);
  }
}

function arrivalOf({ promptTokens, outputTokens }: TracedRequest, at: number, model: string): Arrival {
  return {
    at,
    work: { promptTokens, outputTokens, blocks: [] },
    stream: true,
    model,
    session: undefined,
    tenant: undefined,
    priority: 0,
    deadlineMs: undefined,
    patienceMs: undefined,
  };
}
