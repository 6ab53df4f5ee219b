import type { UpstreamExchange, UpstreamListener } from "../../src/core/upstream.ts";
import type { Clock } from "../../src/lib/clock.ts";
import type { Random } from "../../src/lib/random.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import { answerTo } from "../../src/simulation/world/answer.ts";
import type { Backend } from "../../src/simulation/world/backend.ts";
import type { SimulatedRequest } from "../../src/simulation/world/simulated-adapter.ts";
import type { Arrival } from "../../src/simulation/traffic/traffic.ts";
import { deployment, tableSource } from "../support/core-fixture.ts";

/** A waiting line before some servers that each do one call at a time, in milliseconds of its output tokens: queues that theory knows. */
class ServersBackend implements Backend {
  readonly workSeconds = 0;
  present = 0;
  readonly #clock: Clock;
  readonly #line: (() => void)[] = [];
  #free: number;

  constructor(servers: number, clock: Clock) {
    this.#free = servers;
    this.#clock = clock;
  }

  send(request: SimulatedRequest, listener: UpstreamListener): UpstreamExchange {
    const answer = answerTo(request, listener);
    this.present++;
    this.#line.push(() => {
      this.#clock.schedule(request.work.outputTokens, () => {
        this.present--;
        this.#free++;
        answer.onEnd();
        this.#serve();
      });
    });
    this.#clock.schedule(0, () => this.#serve());
    return { abort: () => {}, resume: () => {} };
  }

  #serve(): void {
    while (this.#free > 0) {
      const next = this.#line.shift();
      if (next === undefined) return;
      this.#free--;
      next();
    }
  }
}

/** What a queue came to, in milliseconds and calls. */
export interface QueueFigures {
  readonly meanMs: number;
  readonly meanPresent: number;
  readonly perMs: number;
}

/** A queue to be simulated. */
export interface QueueSpec {
  readonly servers: number;
  readonly load: number;
  readonly calls: number;
  /** How long one call takes, with this mean. */
  readonly serviceMs: (random: Random) => number;
  readonly meanServiceMs: number;
}

/** Runs a queue through the production router. Counts how many are present by looking each so often, and how long they stay by their ends. */
export async function runQueue({ servers, load, calls, serviceMs, meanServiceMs }: QueueSpec): Promise<QueueFigures> {
  const perMs = (load * servers) / meanServiceMs;
  let [looks, present, isOver] = [0, 0, false];
  const results = await simulate({
    source: tableSource([deployment("a")]),
    seed: 11,
    createWorld(clock) {
      const random = seededRandom(5);
      const backend = new ServersBackend(servers, clock);
      const look = (): void => {
        looks++;
        present += backend.present;
        if (!isOver) clock.schedule(meanServiceMs / 3, look);
      };
      look();
      const traffic = function* (): Generator<Arrival> {
        let at = 0;
        for (let index = 0; index < calls; index++) {
          at += -Math.log(1 - random.next()) / perMs;
          yield arrivalAt(at, serviceMs(random));
        }
        isOver = true;
      };
      return { backends: new Map([["a", backend]]), traffic: traffic() };
    },
  });
  let sum = 0;
  for (const { arrival, endAt } of results) sum += (endAt ?? Number.NaN) - arrival.at;
  const last = results.at(-1)?.arrival.at ?? 0;
  return { meanMs: sum / calls, meanPresent: present / looks, perMs: calls / last };
}

function arrivalAt(at: number, outputTokens: number): Arrival {
  const none = { session: undefined, tenant: undefined, priority: 0, deadlineMs: undefined, patienceMs: undefined };
  return {
    at,
    work: { promptTokens: 1, outputTokens: Math.max(Math.round(outputTokens), 1), blocks: [] },
    stream: false,
    model: "m",
    ...none,
  };
}

/** The mean stay in M/M/k, by Erlang's formula. */
export function erlangMs(servers: number, load: number, meanServiceMs: number): number {
  const offered = servers * load;
  let term = 1;
  let below = 0;
  for (let index = 0; index < servers; index++) {
    below += term;
    term *= offered / (index + 1);
  }
  const waits = term / (1 - load) / (below + term / (1 - load));
  return meanServiceMs + (waits * meanServiceMs) / (servers * (1 - load));
}

/** The mean stay in M/G/1, by Pollaczek's and Khinchin's formula. @param variation The square of the coefficient of variation of service. */
export function pollaczekMs(load: number, meanServiceMs: number, variation: number): number {
  return meanServiceMs * (1 + (load * (1 + variation)) / (2 * (1 - load)));
}

const mean = 1_000;

/** Queues with what theory says of them. */
export const knownQueues: readonly (readonly [name: string, expectedMs: number, spec: Omit<QueueSpec, "calls">])[] = [
  ["M/M/1", erlangMs(1, 0.5, mean), { servers: 1, load: 0.5, meanServiceMs: mean, serviceMs: exponential }],
  ["M/M/8", erlangMs(8, 0.8, mean), { servers: 8, load: 0.8, meanServiceMs: mean, serviceMs: exponential }],
  ["M/D/1", pollaczekMs(0.6, mean, 0), { servers: 1, load: 0.6, meanServiceMs: mean, serviceMs: () => mean }],
  ["M/U/1", pollaczekMs(0.6, mean, 1 / 3), { servers: 1, load: 0.6, meanServiceMs: mean, serviceMs: (random) => 2 * mean * random.next() }],
];

function exponential(random: Random): number {
  return -Math.log(1 - random.next()) * mean;
}
