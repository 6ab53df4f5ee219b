/**
 * Checks the simulator against queues that theory knows, to 1 %, and measures how fast it is: `npm run simulation`. Takes a minute.
 */
import { seededRandom } from "../src/lib/random.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { type CallerSpec, arrivalsOf } from "../src/simulation/traffic/callers.ts";
import { ProviderBackend } from "../src/simulation/world/provider-backend.ts";
import { usualProvider } from "../src/simulation/world/provider-spec.ts";
import { leastBusy } from "../src/strategies/least-busy.ts";
import { deployment, tableSource } from "../test/support/core-fixture.ts";
import { knownQueues, runQueue } from "../test/simulation/queue-world.ts";

const queueCalls = 600_000;
const farOff: string[] = [];

for (const [name, expectedMs, spec] of knownQueues) {
  const { meanMs, meanPresent, perMs } = await runQueue({ ...spec, calls: queueCalls });
  const [off, little] = [meanMs / expectedMs - 1, meanPresent / (perMs * meanMs) - 1];
  console.log(`${name}: ${meanMs.toFixed(1)} ms instead of ${expectedMs.toFixed(1)} (${percent(off)}); Little's law ${percent(little)}`);
  if (Math.abs(off) > 0.01 || Math.abs(little) > 0.01) farOff.push(name);
}

console.log(`whole answers: ${await callsPerSecond(false, 200_000)} calls a second of CPU time`);
console.log(`streams of 200 tokens: ${await callsPerSecond(true, 50_000)} calls a second of CPU time`);
if (farOff.length > 0) {
  console.error(`more than 1 % off: ${farOff.join(", ")}`);
  process.exitCode = 1;
}

/** Three providers, 200 calls a second of virtual time. */
async function callsPerSecond(isStreamed: boolean, calls: number): Promise<number> {
  const ids = ["a", "b", "c"];
  const caller: CallerSpec = {
    model: "m",
    arrivals: { kind: "poisson", perSecond: 200 },
    trace: undefined,
    promptTokens: 200,
    outputTokens: 200,
    streamed: isStreamed ? 1 : 0,
    sessions: undefined,
    tenants: [],
    priority: 0,
    deadlineMs: undefined,
    patienceMs: undefined,
  };
  const source = tableSource(
    ids.map((id) => deployment(id)),
    { createStrategy: (deps) => leastBusy.create(undefined, deps) },
  );
  const run = (most: number): Promise<unknown> =>
    simulate({
      source,
      seed: 1,
      createWorld: (clock, random) => ({
        backends: new Map(ids.map((id, index) => [id, new ProviderBackend(usualProvider, clock, seededRandom(index))])),
        traffic: arrivalsOf([caller], (most / 200) * 1_000, random),
      }),
    });
  await run(calls / 10);
  const before = process.cpuUsage();
  await run(calls);
  const { user, system } = process.cpuUsage(before);
  return Math.round((calls * 1e6) / (user + system));
}

function percent(share: number): string {
  return `${share >= 0 ? "+" : ""}${(100 * share).toFixed(2)} %`;
}
