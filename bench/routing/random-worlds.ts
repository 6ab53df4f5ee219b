import { type Random, randomInt, seededRandom } from "../../src/lib/random.ts";
import type { VirtualClock } from "../../src/lib/virtual-clock.ts";
import { usualReplica } from "../../src/replica/replica-spec.ts";
import { usualGoodAnswer } from "../../src/simulation/call-result.ts";
import { summarize } from "../../src/simulation/summary.ts";
import type { TracedRequest } from "../../src/simulation/traffic/traffic.ts";
import { poissonTraffic } from "../../src/simulation/traffic/steady-traffic.ts";
import type { Arrival } from "../../src/simulation/traffic/traffic.ts";
import type { ReplicaBackend } from "../../src/simulation/world/replica-backend.ts";
import { group, rateFor, runReplicas } from "./replica-world.ts";
import type { RoutingScenario } from "./scenario.ts";

/** What worlds are drawn from; printed with the report. */
export const randomRanges =
  "2–64 replicas (log-uniform), speeds 0.1–1 (in half of the worlds all 1), load 0.3–1.1, sizes × 0.3–3, " +
  "bursts in a third (load × 2 for 5–20 s), in half a fault: a replica at 0.05–0.5 of its speed for a while or to the end, or one that hangs for 5–20 s; about 3,000 calls";

const calls = 3_000;

/** One world that was drawn by its number. */
export function randomWorld(number: number): RoutingScenario {
  const drawn = seededRandom(1_000 + number);
  const count = Math.round(2 * 32 ** drawn.next());
  const isEven = drawn.next() < 0.5;
  const speeds = Array.from({ length: count }, () => (isEven ? 1 : 0.1 + 0.9 * drawn.next()));
  const load = 0.3 + 0.8 * drawn.next();
  const scale = 0.3 * 10 ** drawn.next();
  const burstMs = drawn.next() < 1 / 3 ? 5_000 + 15_000 * drawn.next() : undefined;
  const fault = drawn.next() < 0.5 ? faults[randomInt(drawn, faults.length)] : undefined;
  const from = randomInt(drawn, 19_366);
  const about = `${count} replicas${isEven ? "" : " of several speeds"}, load ${load.toFixed(2)}, sizes × ${scale.toFixed(1)}`;
  return {
    name: `#${number}: ${about}${burstMs === undefined ? "" : ", bursts"}${fault === undefined ? "" : `, ${fault.name}`}`,
    async run(contestant, seed, sizes) {
      const scaled = sizes.map(({ at, promptTokens, outputTokens }): TracedRequest => ({
        at,
        promptTokens: Math.min(Math.max(Math.round(promptTokens * scale), 1), 16_000),
        outputTokens: Math.max(Math.round(outputTokens * Math.sqrt(scale)), 1),
      }));
      const capacity = speeds.reduce((sum, speed) => sum + speed, 0);
      const spec = usualReplica;
      const meanSeconds =
        scaled.reduce((sum, size) => sum + size.promptTokens / spec.prefillPerSecond + size.outputTokens / spec.decodePerSecond, 0) /
        scaled.length;
      const durationMs = (1_000 * calls * meanSeconds) / (load * capacity);
      const perSecond = rateFor({ load, capacity, spec, sizes: scaled, from, durationMs });
      const results = await runReplicas(
        {
          spec,
          speeds,
          traffic(random) {
            const even = poissonTraffic({ sizes: scaled, from, model: group, durationMs }, perSecond, random);
            return burstMs === undefined ? even : inBursts(even, burstMs);
          },
          disturb: (replicas, clock, random) => fault?.begin(replicas, clock, durationMs, random),
        },
        contestant,
        seed,
      );
      return summarize(
        results.filter(({ arrival }) => arrival.at >= 0.13 * durationMs),
        usualGoodAnswer,
      );
    },
  };
}

interface Fault {
  readonly name: string;
  begin(replicas: readonly ReplicaBackend[], clock: VirtualClock, durationMs: number, random: Random): void;
}

const faults: readonly Fault[] = [
  {
    name: "one slow for a while",
    begin: (replicas, clock, durationMs, random) => slowDown(replicas, clock, durationMs, 0.05 + 0.45 * random.next()),
  },
  {
    name: "one hangs",
    begin([first], clock, durationMs, random) {
      if (first === undefined) return;
      const { replica } = first;
      clock.schedule(durationMs / 3, () => (replica.speed = 0));
      clock.schedule(durationMs / 3 + 5_000 + 15_000 * random.next(), () => (replica.speed = 1));
    },
  },
  {
    name: "one slow to the end",
    begin: (replicas, clock, _durationMs, random) => slowDown(replicas, clock, Infinity, 0.05 + 0.45 * random.next()),
  },
];

function slowDown([first]: readonly ReplicaBackend[], clock: VirtualClock, durationMs: number, factor: number): void {
  if (first === undefined) return;
  const { replica } = first;
  const whole = replica.speed;
  const at = Number.isFinite(durationMs) ? durationMs / 3 : 20_000;
  clock.schedule(at, () => (replica.speed = whole * factor));
  if (Number.isFinite(durationMs)) clock.schedule(at + durationMs / 4, () => (replica.speed = whole));
}

/** The same calls, in every minute moved together: twice as many for a while, and fewer in the rest. */
function* inBursts(even: Iterable<Arrival>, burstMs: number): Generator<Arrival> {
  const minute = 60_000;
  for (const arrival of even) {
    const within = arrival.at % minute;
    const start = arrival.at - within;
    const dense = Math.min(2 * burstMs, minute);
    // The first part of a minute's calls comes in half of its time; the rest has what is left.
    const moved = within < dense ? within / 2 : burstMs + ((within - dense) * (minute - burstMs)) / Math.max(minute - dense, 1);
    yield { ...arrival, at: start + moved };
  }
}
