import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/core/outcome.ts";
import type { Strategy } from "../../src/core/strategy.ts";
import { latencyBasedRouting } from "../../src/strategies/latency-based-routing.ts";
import { assertShares } from "../support/assert-shares.ts";
import { countConcurrentPicks, countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { FakeCandidates, fakeContext, fakeDeployments, measured } from "../support/fake-candidates.ts";

const { now } = fakeContext();
const answered: Outcome = { kind: "success", firstTokenMs: 1, totalMs: 1, stream: true, usage: undefined };

test("sends callers that come one by one to the fastest", () => {
  const deployments = fakeDeployments([300, 100, 110].map((ms) => measured(ms, now)));
  assert.deepEqual(countPicks(createStrategy(latencyBasedRouting), deployments, 200), [0, 200, 0]);
});

test("ranks streams by time to first token and other calls by time per token", () => {
  const deployments = fakeDeployments([
    { firstTokenMs: 100, msPerToken: 30, firstTokenMeasuredAt: now, perTokenMeasuredAt: now },
    { firstTokenMs: 500, msPerToken: 10, firstTokenMeasuredAt: now, perTokenMeasuredAt: now },
  ]);
  const strategy = createStrategy(latencyBasedRouting);
  assert.deepEqual(countPicks(strategy, deployments, 50, fakeContext({ stream: true })), [50, 0]);
  assert.deepEqual(countPicks(strategy, deployments, 50, fakeContext({ stream: false })), [0, 50]);
});

test("splits overlapping calls in proportion to speed instead of crowding the fastest", () => {
  const deployments = fakeDeployments([100, 300].map((ms) => measured(ms, now)));
  const [fast, slow] = countConcurrentPicks(createStrategy(latencyBasedRouting), deployments, 400);
  assert.ok(Math.abs(fast! - 300) <= 4, `${fast} : ${slow}`);
});

test("chooses evenly within lowest_latency_buffer, and never beyond it", () => {
  const deployments = fakeDeployments([100, 149, 151, 120].map((ms) => measured(ms, now)));
  const strategy = createStrategy(latencyBasedRouting, { args: { lowest_latency_buffer: 0.5 } });
  const [first, second, third, fourth] = countPicks(strategy, deployments, 3000);
  assert.equal(third, 0);
  assertShares([first!, second!, fourth!], [1, 1, 1]);
});

test("tries an unmeasured deployment as if it were as good as the best, neither later nor more", () => {
  const strategy = createStrategy(latencyBasedRouting);
  const [best, slow, fresh] = countPicks(strategy, fakeDeployments([measured(100, now), measured(900, now), {}]), 2000);
  assert.equal(slow, 0);
  assertShares([best!, fresh!], [1, 1]);
  const crowd = countConcurrentPicks(strategy, fakeDeployments([measured(100, now), {}]), 100);
  assert.ok(Math.abs(crowd[0]! - crowd[1]!) <= 2, crowd.join(" : "));
});

for (const { title, ageMs, args } of [
  { title: "the hour that ttl is by default", ageMs: 3_600_001, args: {} },
  { title: "the configured ttl", ageMs: 20_001, args: { ttl: 20 } },
]) {
  test(`takes a deployment for unmeasured that was not heard of for longer than ${title}`, () => {
    const asked = fakeContext({ now: now + ageMs });
    // So slow that relaxation alone would not have brought it back.
    const deployments = fakeDeployments([measured(100, asked.now), measured(1e30, now)]);
    const strategy = createStrategy(latencyBasedRouting, { args });
    assertShares(countPicks(strategy, deployments, 2000, asked), [1, 1]);
    assert.deepEqual(countPicks(strategy, deployments, 100, fakeContext({ now: asked.now - 2 })), [100, 0]);
  });
}

/** Milliseconds until a deployment that was slow once is picked, when callers come one by one, one in each second. */
function msUntilFound(strategy: Strategy, slowMs: number): number {
  const [fast, slow] = fakeDeployments([measured(100, now), measured(slowMs, now)]);
  const candidates = new FakeCandidates([fast!, slow!]);
  for (let ageMs = 0; ageMs <= 7_200_000; ageMs += 1000) {
    fast!.firstTokenMeasuredAt = now + ageMs;
    fast!.perTokenMeasuredAt = now + ageMs;
    if (strategy.pick(candidates, fakeContext({ now: now + ageMs })) === slow) return ageMs;
  }
  return Infinity;
}

test("finds a deployment again that was slow, within minutes, and the later the slower it was", () => {
  const strategy = createStrategy(latencyBasedRouting);
  const foundAfterMs = [1.2, 2, 10, 100].map((factor) => msUntilFound(strategy, 100 * factor));
  assert.deepEqual(
    foundAfterMs,
    foundAfterMs.toSorted((one, other) => one - other),
  );
  assert.ok(foundAfterMs[0]! > 60_000 && foundAfterMs[3]! < 900_000, foundAfterMs.join(", "));
});

test("spends few calls on finding out that a slow deployment is still slow", () => {
  const strategy = createStrategy(latencyBasedRouting);
  const deployments = fakeDeployments([measured(100, now), measured(1000, now)]);
  let slow = 0;
  for (let second = 0; second < 3600; second++) {
    const asked = fakeContext({ now: now + second * 1000 });
    const picked = deployments[strategy.pick(new FakeCandidates(deployments), asked).row]!;
    picked.firstTokenMeasuredAt = asked.now;
    picked.perTokenMeasuredAt = asked.now;
    slow += picked.row;
  }
  assert.ok(slow >= 3 && slow <= 20, `${slow} of 3,600 calls`);
});

test("accepts LiteLLM's list size, without effect", () => {
  const strategy = createStrategy(latencyBasedRouting, { args: { max_latency_list_size: 3 } });
  assert.deepEqual(countPicks(strategy, fakeDeployments([measured(2, now), measured(1, now)]), 10), [0, 10]);
});

test("works in groups larger than any before", () => {
  const strategy = createStrategy(latencyBasedRouting);
  for (const size of [3, 40, 63]) {
    const deployments = fakeDeployments(Array.from({ length: size }, (_, row) => measured(size * 10 - row, now)));
    deployments[size - 1]!.firstTokenMs = 1;
    assert.equal(countPicks(strategy, deployments, 10)[size - 1], 10);
  }
});

test("still looks at the crowd where a latency was measured as zero", () => {
  const deployments = fakeDeployments([
    { ...measured(0, now), inFlight: 5 },
    { ...measured(0, now), inFlight: 4 },
  ]);
  assert.deepEqual(countPicks(createStrategy(latencyBasedRouting), deployments, 50), [0, 50]);
});

test("does not run after chance: what is ordinary of a deployment changes nothing, what is not counts at once", () => {
  const strategy = createStrategy(latencyBasedRouting);
  const deployments = fakeDeployments([measured(100, now), measured(120, now)]);
  for (let answer = 0; answer < 100; answer++) for (const deployment of deployments) strategy.onOutcome?.(deployment, answered, now);
  const [usual] = deployments;
  Object.assign(usual!, measured(290, now));
  assert.deepEqual(countPicks(strategy, deployments, 50), [50, 0]);
  Object.assign(usual!, measured(500, now));
  assert.deepEqual(countPicks(strategy, deployments, 50), [0, 50]);
});
