import type { GoodAnswer } from "../../src/simulation/call-result.ts";
import type { ReplicaNumbers } from "../../src/replica/replica-settings.ts";
import type { CallerSpec } from "../../src/simulation/traffic/callers.ts";

/** Replicas behind one name and the calls that come to them, in the time of the simulation. */
export interface ValidatedWorld {
  /** Also the group's. */
  readonly name: string;
  readonly strategy: string;
  readonly replicas: readonly ReplicaNumbers[];
  readonly callers: CallerSpec;
  /** What a good answer is here: something that most are, and not all. */
  readonly good: GoodAnswer;
}

const replica: ReplicaNumbers = { prefill_per_second: 800, decode_per_second: 80, stream_per_second: 10, max_batch: 16 };
const half: ReplicaNumbers = { ...replica, speed: 0.5 };

const conversations: Partial<CallerSpec> = {
  promptTokens: { mean: 500, p99: 1_500 },
  outputTokens: 60,
  sessions: { turns: 5, thinkMs: { mean: 20_000, p99: 80_000 } },
};

const callers: CallerSpec = {
  model: "",
  arrivals: { kind: "poisson", perSecond: 1 },
  trace: undefined,
  promptTokens: { mean: 600, p99: 1_800 },
  outputTokens: { mean: 60, p99: 180 },
  streamed: 1,
  sessions: undefined,
  tenants: [],
  priority: 0,
  deadlineMs: undefined,
  patienceMs: undefined,
};

/**
 * Small and slow replicas: a process serves many of them with little of a core, and the way over sockets is short beside what they take. One does two
 * of these calls in three seconds.
 */
export const validatedWorlds: readonly ValidatedWorld[] = [
  world("alike", "least-busy", [replica, replica, replica, replica], { perSecond: 1.6 }),
  world("unlike", "p2c", [replica, replica, half, half], { perSecond: 0.65 }),
  world("whole-answers", "round-robin", [replica, replica, replica], { perSecond: 0.9 }, { streamed: 0 }),
  world("bursts", "least-busy", [replica, replica, replica], { perSecond: 0.4, times: 5, everyMs: 60_000, forMs: 10_000 }),
  // Answers of one length: what the strategy learns of lengths does not depend on caps, which the simulation's calls do not name.
  world("conversations", "adaptive", [replica, replica, half].map(remembering), { perSecond: 0.14 }, conversations),
];

function world(
  name: string,
  strategy: string,
  replicas: readonly ReplicaNumbers[],
  rate: { readonly perSecond: number; readonly times?: number; readonly everyMs?: number; readonly forMs?: number },
  over: Partial<CallerSpec> = {},
): ValidatedWorld {
  const { perSecond, times = 1, everyMs = 60_000, forMs = 0 } = rate;
  const arrivals: CallerSpec["arrivals"] =
    times === 1 ? { kind: "poisson", perSecond } : { kind: "bursts", perSecond, times, everyMs, forMs };
  // No replica writes a lone answer at just this pace: whether it is good would be a toss of a coin.
  const good = { firstMs: over.streamed === 0 ? 15_000 : 2_500, tokenMs: 300 };
  return { name, strategy, replicas, callers: { ...callers, model: name, arrivals, ...over }, good };
}

function remembering(numbers: ReplicaNumbers): ReplicaNumbers {
  return { ...numbers, cache_tokens: 60_000 };
}

/** The id of a replica, which is also its model's name where it is served. */
export function replicaId({ name }: ValidatedWorld, index: number): string {
  return `${name}-${index + 1}`;
}
