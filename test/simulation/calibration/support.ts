import { Secrets } from "../../../src/config/secrets/secrets.ts";
import { usualReplica, type ReplicaSpec } from "../../../src/replica/replica-spec.ts";
import { CallHistory } from "../../../src/simulation/calibration/call-history.ts";
import { simulate } from "../../../src/simulation/simulate.ts";
import type { Arrival, Traffic } from "../../../src/simulation/traffic/traffic.ts";
import type { Random } from "../../../src/lib/random.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import type { Backend } from "../../../src/simulation/world/backend.ts";
import { ReplicaBackend } from "../../../src/simulation/world/replica-backend.ts";
import { leastBusy } from "../../../src/strategies/least-busy.ts";
import { AccessLog } from "../../../src/telemetry/log/access-log.ts";
import { createLog } from "../../../src/telemetry/log/log.ts";
import { deployment, tableSource } from "../../support/core-fixture.ts";

/** Runs a known world, and gives what the production access log wrote of it. */
export async function loggedWorld(
  makeBackends: (clock: VirtualClock, random: Random) => ReadonlyMap<string, Backend>,
  makeTraffic: (random: Random) => Traffic,
  ids: readonly string[],
): Promise<CallHistory> {
  const history = new CallHistory();
  const output = { write: (line: string) => history.add(line) };
  await simulate({
    source: tableSource(
      ids.map((id) => deployment(id)),
      { createStrategy: (deps) => leastBusy.create(undefined, deps) },
    ),
    seed: 1,
    createWorld: (clock, random) => ({ backends: makeBackends(clock, random), traffic: makeTraffic(random) }),
    observe: (clock) => [
      new AccessLog(createLog({ level: "info", secrets: new Secrets(), clock, output }), {
        content: false,
        calibration: true,
        prefixes: undefined,
      }),
    ],
  });
  return history;
}

export function replicas(specs: Readonly<Record<string, Partial<ReplicaSpec>>>): (clock: VirtualClock) => ReadonlyMap<string, Backend> {
  return (clock) => new Map(Object.entries(specs).map(([id, spec]) => [id, new ReplicaBackend({ ...usualReplica, ...spec }, clock)]));
}

/** Streams of many sizes that come by chance. */
export function* manySizes(random: Random, perSecond: number, seconds: number): Generator<Arrival> {
  for (let at = 0; at < seconds * 1_000;) {
    at += (-Math.log(1 - random.next()) * 1_000) / perSecond;
    const promptTokens = Math.round(Math.exp(4 + 4.5 * random.next()));
    const outputTokens = Math.round(Math.exp(2 + 4.2 * random.next()));
    yield {
      at,
      work: { promptTokens, outputTokens, blocks: [] },
      stream: true,
      model: "m",
      session: undefined,
      tenant: undefined,
      priority: 0,
      deadlineMs: undefined,
      patienceMs: undefined,
    };
  }
}
