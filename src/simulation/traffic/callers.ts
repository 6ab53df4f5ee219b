import { exponential, type Random, randomInt } from "../../lib/random.ts";
import { blockTokens } from "../../replica/replica-spec.ts";
import { type Distribution, draw, meanOf } from "../world/distribution.ts";
import type { Arrival } from "./traffic.ts";
import type { TracedCall } from "./trace-reader.ts";

/** When calls come. */
type Arrivals =
  /** By chance, independently of each other. */
  | { readonly kind: "poisson"; readonly perSecond: number }
  /** As `poisson`, and so many times as often for a while, again and again. */
  | {
      readonly kind: "bursts";
      readonly perSecond: number;
      readonly times: number;
      readonly everyMs: number;
      readonly forMs: number;
    }
  /** As in a trace, so many times as fast. */
  | { readonly kind: "trace"; readonly speed: number };

/** Some callers that behave alike. */
export interface CallerSpec {
  /** The group that they ask for; undefined where their trace says it. */
  readonly model: string;
  readonly arrivals: Arrivals;
  /** Whose sizes, sessions and tenants the calls have. Undefined to draw sizes. */
  readonly trace: readonly TracedCall[] | undefined;
  readonly promptTokens: Distribution;
  readonly outputTokens: Distribution;
  /** The share of calls that stream, 0 … 1. */
  readonly streamed: number;
  /** Conversations: what comes is their first turn, and each turn's prompt has all before it. Undefined for single calls. */
  readonly sessions: { readonly turns: Distribution; readonly thinkMs: Distribution } | undefined;
  /** Whose the calls are, by turns drawn evenly. Empty for nobody's. */
  readonly tenants: readonly string[];
  readonly priority: number;
  readonly deadlineMs: number | undefined;
  readonly patienceMs: number | undefined;
}

/** How long an answer's token takes, where the time of the next turn is guessed. */
const guessedTokenMs = 20;
/** No prompt grows beyond this. */
const longestPrompt = 1_000_000;
/** Blocks that sessions do not share are told apart by numbers this far from each other. */
const blocksApart = longestPrompt / blockTokens;

/** All calls of a run, in the order in which they come. */
export function arrivalsOf(callers: readonly CallerSpec[], durationMs: number, random: Random): readonly Arrival[] {
  const all: Arrival[] = [];
  for (const [index, caller] of callers.entries()) {
    const source = new CallerTraffic(caller, index, durationMs, random);
    if (caller.arrivals.kind === "trace") source.replay(caller.arrivals.speed, all);
    else source.make(caller.arrivals, all);
  }
  return all.sort((one, other) => one.at - other.at);
}

class CallerTraffic {
  readonly #caller: CallerSpec;
  readonly #index: number;
  readonly #durationMs: number;
  readonly #random: Random;
  #sessions = 0;

  constructor(caller: CallerSpec, index: number, durationMs: number, random: Random) {
    this.#caller = caller;
    this.#index = index;
    this.#durationMs = durationMs;
    this.#random = random;
  }

  /** The trace's own moments; from its beginning again where it is shorter than the run. */
  replay(speed: number, into: Arrival[]): void {
    const trace = this.#caller.trace ?? [];
    const last = trace.at(-1)?.at ?? 0;
    const lengthMs = (last + last / Math.max(trace.length - 1, 1)) / speed;
    for (let round = 0; trace.length > 0; round++) {
      for (const traced of trace) {
        const at = round * lengthMs + traced.at / speed;
        if (at >= this.#durationMs) return;
        into.push(this.#arrival(at, traced, round === 0 ? traced.session : suffixed(traced.session, round)));
      }
      if (lengthMs <= 0) return;
    }
  }

  make(arrivals: Exclude<Arrivals, { kind: "trace" }>, into: Arrival[]): void {
    const { trace, sessions } = this.#caller;
    let next = trace === undefined ? 0 : randomInt(this.#random, trace.length);
    const highest = arrivals.kind === "bursts" ? arrivals.perSecond * Math.max(arrivals.times, 1) : arrivals.perSecond;
    for (let at = exponential(this.#random, 1_000 / highest); at < this.#durationMs; at += exponential(this.#random, 1_000 / highest)) {
      // Of calls at the highest rate, as many are kept as the rate of this moment has.
      if (arrivals.kind === "bursts" && this.#random.next() >= rateAt(arrivals, at) / highest) continue;
      const traced = trace?.[next++ % trace.length];
      if (traced !== undefined) into.push(this.#arrival(at, traced, traced.session));
      else if (sessions === undefined) into.push(this.#arrival(at, this.#sizes(), undefined));
      else this.#session(at, sessions, into);
    }
  }

  #session(beginAt: number, { turns, thinkMs }: NonNullable<CallerSpec["sessions"]>, into: Arrival[]): void {
    const number = ++this.#sessions;
    const session = `s${this.#index}-${number}`;
    const tenant = this.#tenant();
    const count = Math.max(Math.round(draw(turns, this.#random)), 1);
    let promptTokens = 0;
    let at = beginAt;
    for (let turn = 0; turn < count && at < this.#durationMs && promptTokens < longestPrompt; turn++) {
      const { promptTokens: more, outputTokens } = this.#sizes();
      promptTokens = Math.min(promptTokens + more, longestPrompt);
      const first = (this.#index * 1e6 + number) * blocksApart;
      const blocks = Array.from({ length: Math.floor(promptTokens / blockTokens) }, (_none, block) => first + block);
      into.push({ ...this.#arrival(at, { at, promptTokens, outputTokens, blocks }, session), tenant });
      promptTokens += outputTokens;
      at += outputTokens * guessedTokenMs + draw(thinkMs, this.#random);
    }
  }

  #sizes(): TracedCall {
    const { promptTokens, outputTokens } = this.#caller;
    return {
      at: 0,
      promptTokens: Math.min(Math.max(Math.round(draw(promptTokens, this.#random)), 1), longestPrompt),
      outputTokens: Math.max(Math.round(draw(outputTokens, this.#random)), 1),
    };
  }

  #arrival(at: number, traced: TracedCall, session: string | undefined): Arrival {
    const { model, streamed, priority, deadlineMs, patienceMs } = this.#caller;
    const { promptTokens, outputTokens, blocks = [] } = traced;
    return {
      at,
      work: { promptTokens, outputTokens, blocks },
      stream: traced.stream ?? (streamed >= 1 || this.#random.next() < streamed),
      model,
      session,
      tenant: traced.tenant ?? this.#tenant(),
      priority,
      deadlineMs,
      patienceMs,
    };
  }

  #tenant(): string | undefined {
    const { tenants } = this.#caller;
    return tenants.length < 2 ? tenants[0] : tenants[randomInt(this.#random, tenants.length)];
  }
}

function rateAt({ perSecond, times, everyMs, forMs }: Extract<Arrivals, { kind: "bursts" }>, at: number): number {
  return at % everyMs < forMs ? perSecond * times : perSecond;
}

function suffixed(session: string | undefined, round: number): string | undefined {
  return session === undefined ? undefined : `${session}+${round}`;
}

/** How many calls a caller makes in a run, about. */
export function expectedCalls({ arrivals, trace, sessions }: CallerSpec, durationMs: number): number {
  switch (arrivals.kind) {
    case "poisson":
      return (arrivals.perSecond * durationMs * (sessions === undefined ? 1 : meanOf(sessions.turns))) / 1_000;
    case "bursts": {
      const { perSecond, times, everyMs, forMs } = arrivals;
      const mean = perSecond * (1 + ((times - 1) * Math.min(forMs, everyMs)) / everyMs);
      return (mean * durationMs * (sessions === undefined ? 1 : meanOf(sessions.turns))) / 1_000;
    }
    case "trace": {
      const last = trace?.at(-1)?.at ?? 0;
      return last === 0 ? (trace?.length ?? 0) : ((trace?.length ?? 0) * durationMs * arrivals.speed) / last;
    }
    default:
      return arrivals satisfies never;
  }
}
