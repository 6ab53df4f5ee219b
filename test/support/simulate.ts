import assert from "node:assert/strict";
import type { FallbackTarget } from "../../src/core/call.ts";
import type { CallHandle } from "../../src/core/reply-sink.ts";
import { defaultRouterSettings } from "../../src/config/settings/read-router-settings.ts";
import type { RouterSettings } from "../../src/core/router-settings.ts";
import type { Strategy } from "../../src/core/strategy.ts";
import { randomInt, seededRandom, type Random } from "../../src/lib/random.ts";
import { CoreFixture, deployment, tableSource } from "./core-fixture.ts";
import type { Behaviour } from "./fake-upstream.ts";
import type { RecordingSink } from "./recording-sink.ts";

/**
 * One random history of calls, failures, hang-ups, weight changes and time, held against what must always be so. The same seed gives the
 * same history. Rejects with what was broken.
 */
export async function simulate(seed: number): Promise<void> {
  const random = seededRandom(seed);
  let openPicks = 0;
  const strategy: Strategy = {
    pick(candidates) {
      openPicks++;
      return candidates.sampleByWeight(random);
    },
    onOutcome: () => void openPicks--,
  };
  const settings = randomSettings(random);
  const limits = { rpm: 1 + randomInt(random, 20), maxParallelRequests: 1 + randomInt(random, 4), tpm: 2_000 + randomInt(random, 5_000) };
  const deployments = hosts.map((id, index) =>
    deployment(id, { ...(index % 3 < 2 ? limits : {}), group: index < 3 ? "m" : "other", order: index === 2 ? 1 : 0, timeoutMs: 5_000 }),
  );
  const fixture = new CoreFixture(tableSource(deployments, { createStrategy: () => strategy, settings }), seed);
  const calls: SimulatedCall[] = [];
  for (let step = 0; step < 40; step++) {
    for (const id of hosts) fixture.upstream.script(id, randomBehaviour(random));
    const deadline = random.next() < 0.3 ? fixture.clock.now() + randomInt(random, 8_000) : undefined;
    const numRetries = randomInt(random, 4);
    const hitsBefore = fixture.upstream.hits.length;
    const priority = randomInt(random, 3);
    const queuedBefore = fixture.router.queued;
    calls.push({
      ...fixture.start({ stream: random.next() < 0.5, deadline, numRetries, priority }),
      cancelled: false,
      deadline,
      numRetries,
    });
    // Those that wait for capacity take their turns before it.
    assert.ok(fixture.upstream.hits.length <= hitsBefore + 1 + queuedBefore, "one call begins with one attempt");
    if (random.next() < 0.2) cancelOne(calls, random);
    if (random.next() < 0.1) fixture.router.apply({ weights: new Map([["a", randomInt(random, 3)]]), states: undefined });
    await Promise.resolve();
    fixture.clock.advance(randomInt(random, 1_500));
    await Promise.resolve();
    checkRunning(fixture, calls);
  }
  for (let turn = 0; turn < 4; turn++) await fixture.settle();
  for (const call of calls) {
    assert.equal(call.sink.outcomes, call.cancelled ? 0 : 1, "one outcome for each call, none for one that hung up");
    checkAttempts(call, settings);
  }
  assert.equal(openPicks, 0, "one outcome for each pick");
  assert.equal(fixture.router.inFlight, 0, "in flight at rest");
  assert.equal(fixture.clock.pending, 0, "timers at rest");
  assert.deepEqual(fixture.internalErrors, []);
  await checkRecovery(fixture);
}

const hosts = ["a", "b", "c", "d", "e"];

interface SimulatedCall {
  readonly sink: RecordingSink;
  readonly handle: CallHandle;
  cancelled: boolean;
  readonly deadline: number | undefined;
  readonly numRetries: number;
}

function randomSettings(random: Random): RouterSettings {
  const other: readonly FallbackTarget[] = [{ model: "other", amend: undefined }];
  const circle: readonly FallbackTarget[] = [{ model: "m", amend: undefined }];
  const generic =
    random.next() < 0.5
      ? new Map([
          ["m", other],
          ["other", circle],
        ])
      : new Map<string, readonly FallbackTarget[]>();
  return {
    ...defaultRouterSettings,
    streamIdleTimeoutMs: random.next() < 0.5 ? 700 : undefined,
    streamTimeoutMs: random.next() < 0.5 ? 2_000 : undefined,
    queue: { timeoutMs: random.next() < 0.5 ? randomInt(random, 20_000) : 0, size: 1 + randomInt(random, 5) },
    cooldown: {
      ...defaultRouterSettings.cooldown,
      disabled: random.next() < 0.3,
      allowedFails: random.next() < 0.3 ? randomInt(random, 3) : undefined,
    },
    fallbacks: { ...defaultRouterSettings.fallbacks, generic },
    resumeStreams: random.next() < 0.5,
    hedges: random.next() < 0.4 ? new Map([["m", { afterMs: randomInt(random, 2_000), maxRatio: random.next() }]]) : new Map(),
  };
}

function randomBehaviour(random: Random): Behaviour {
  const ms = randomInt(random, 3_000);
  const kinds: readonly Behaviour[] = [
    { kind: "reply", afterMs: ms },
    { kind: "reply", afterMs: ms },
    { kind: "reply", afterMs: ms, status: 500 },
    { kind: "reply", afterMs: ms, status: 429, headers: { "retry-after": String(randomInt(random, 10)) } },
    { kind: "reply", afterMs: ms, status: 401 },
    { kind: "reply", afterMs: ms, status: 400 },
    { kind: "stream", firstMs: ms, gapMs: randomInt(random, 900), chunks: ["preamble\n", "content a\ncon", "tent b\n", "finish\ndone\n"] },
    { kind: "stream", firstMs: ms, chunks: ["content a\n"], end: random.next() < 0.5 ? "break" : "hang" },
    { kind: "stream", firstMs: ms, chunks: ["preamble\nerror x\n"] },
    { kind: "refuse" },
    { kind: "break", afterMs: ms },
    { kind: "hang" },
  ];
  return kinds[randomInt(random, kinds.length)] ?? { kind: "hang" };
}

function cancelOne(calls: readonly SimulatedCall[], random: Random): void {
  const call = calls[randomInt(random, calls.length)];
  if (call === undefined || call.sink.outcomes > 0) return;
  call.handle.cancel();
  call.cancelled = true;
}

function checkRunning(fixture: CoreFixture, calls: readonly SimulatedCall[]): void {
  const now = fixture.clock.now();
  for (const call of calls) {
    const late = call.deadline !== undefined && now > call.deadline && !call.cancelled;
    assert.ok(!late || call.sink.outcomes === 1, "a call outlived its deadline");
  }
  for (const status of fixture.router.deployments()) {
    const { inFlight, maxParallelRequests = Number.POSITIVE_INFINITY, usedRpm, rpmLimit = Number.POSITIVE_INFINITY } = status;
    assert.ok(inFlight >= 0 && inFlight <= maxParallelRequests, "max_parallel_requests");
    assert.ok(usedRpm <= rpmLimit, "rpm");
    assert.ok(status.usedTpm >= 0, "tokens");
  }
}

/** Retries and fallbacks within their bounds, and nothing after the first content. */
function checkAttempts({ sink, numRetries }: SimulatedCall, settings: RouterSettings): void {
  const { route } = sink;
  if (route === undefined) return;
  assert.ok(route.attemptedRetries <= numRetries, "more retries than allowed");
  assert.ok(route.attemptedFallbacks <= settings.fallbacks.maxFallbacks, "more fallbacks than allowed");
  const attempts = 1 + route.attemptedRetries + route.attemptedFallbacks;
  // Each attempt may have had a hedge beside it.
  assert.ok(route.trace.length <= (settings.hedges.size > 0 ? 2 * attempts : attempts), "an attempt that no header tells of");
  const successes = route.trace.filter((attempt) => attempt.outcome === "success" || attempt.outcome === "streaming");
  assert.ok(successes.length <= 1, "an attempt after a success");
}

/** However badly a deployment did: once it is well, it gets work again. */
async function checkRecovery(fixture: CoreFixture): Promise<void> {
  for (const id of hosts) fixture.upstream.script(id, { kind: "reply" });
  fixture.clock.advance(120_000);
  // The weight of a may have been set to 0, and c is of a higher order.
  fixture.router.apply({ weights: new Map(hosts.map((id) => [id, 1])), states: undefined });
  const served = new Set<string>();
  for (let count = 0; count < 200 && !(served.has("a") && served.has("b")); count++) {
    const { sink } = fixture.start();
    fixture.clock.advance(60_000);
    await Promise.resolve();
    if (sink.route !== undefined && sink.error === undefined) served.add(sink.route.deploymentId);
  }
  assert.ok(served.has("a") && served.has("b"), `starved: only ${[...served].join(", ")} served in 200 calls`);
}
