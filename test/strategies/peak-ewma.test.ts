import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/core/outcome.ts";
import { peakEwma } from "../../src/strategies/peak-ewma.ts";
import { assertShares } from "../support/assert-shares.ts";
import { countConcurrentPicks, countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { fakeContext, fakeDeployments, measured } from "../support/fake-candidates.ts";

const { now } = fakeContext();
const answered: Outcome = { kind: "success", firstTokenMs: 1, totalMs: 1, stream: true, usage: undefined };

test("sends callers that come one by one to the one with the lowest peak, whatever the means are", () => {
  const deployments = fakeDeployments([
    { ...measured(100, now), peakFirstTokenMs: 900 },
    { ...measured(200, now), peakFirstTokenMs: 200 },
  ]);
  assert.deepEqual(countPicks(createStrategy(peakEwma), deployments, 100), [0, 100]);
});

test("ranks streams by time to first token and other calls by time per token", () => {
  const deployments = fakeDeployments([
    { peakFirstTokenMs: 100, peakMsPerToken: 30, firstTokenMeasuredAt: now, perTokenMeasuredAt: now },
    { peakFirstTokenMs: 500, peakMsPerToken: 10, firstTokenMeasuredAt: now, perTokenMeasuredAt: now },
  ]);
  const strategy = createStrategy(peakEwma);
  assert.deepEqual(countPicks(strategy, deployments, 50, fakeContext({ stream: true })), [50, 0]);
  assert.deepEqual(countPicks(strategy, deployments, 50, fakeContext({ stream: false })), [0, 50]);
});

test("splits overlapping calls in proportion to speed", () => {
  const deployments = fakeDeployments([100, 300].map((ms) => measured(ms, now)));
  const [fast, slow] = countConcurrentPicks(createStrategy(peakEwma), deployments, 400);
  assert.ok(Math.abs(fast! - 300) <= 4, `${fast} : ${slow}`);
});

test("never picks a bad one beside a good one, however many are bad", () => {
  const deployments = fakeDeployments([8000, 9000, 100, 7000, 9000].map((ms) => measured(ms, now)));
  assert.deepEqual(countConcurrentPicks(createStrategy(peakEwma), deployments, 60), [0, 0, 60, 0, 0]);
});

for (const { title, args, ageMs, found } of [
  { title: "half a minute", args: {}, ageMs: 30_000, found: false },
  { title: "a minute and a half", args: {}, ageMs: 90_000, found: true },
  { title: "a minute and a half at a slower decay", args: { decay: 60 }, ageMs: 90_000, found: false },
  { title: "five seconds at a faster decay", args: { decay: 0.5 }, ageMs: 5000, found: true },
]) {
  test(`${found ? "tries" : "does not try"} a tenfold slowdown again after ${title}`, () => {
    const asked = fakeContext({ now: now + ageMs });
    const deployments = fakeDeployments([measured(100, asked.now), measured(1000, now)]);
    const counts = countPicks(createStrategy(peakEwma, { args }), deployments, 2000, asked);
    if (found) assertShares(counts, [1, 1]);
    else assert.deepEqual(counts, [2000, 0]);
  });
}

test("sends no crowd to one that hung and was left alone for an hour", () => {
  const asked = fakeContext({ now: now + 3_600_000 });
  const deployments = fakeDeployments([measured(100, asked.now), measured(100, asked.now), measured(60_000, now)]);
  const counts = countConcurrentPicks(createStrategy(peakEwma), deployments, 300, asked);
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join(", "));
});

test("takes an unmeasured one to be as good as the best", () => {
  const deployments = fakeDeployments([measured(100, now), measured(900, now), {}]);
  const [best, slow, fresh] = countPicks(createStrategy(peakEwma), deployments, 2000);
  assert.equal(slow, 0);
  assertShares([best!, fresh!], [1, 1]);
});

test("still looks at the crowd where a latency was measured as zero", () => {
  const deployments = fakeDeployments([
    { ...measured(0, now), inFlight: 5 },
    { ...measured(0, now), inFlight: 4 },
  ]);
  assert.deepEqual(countPicks(createStrategy(peakEwma), deployments, 50), [0, 50]);
});

test("takes a peak for none that is usual of its deployment, and leaves one at once that is not", () => {
  const strategy = createStrategy(peakEwma);
  const deployments = fakeDeployments([measured(100, now), measured(120, now)]);
  for (let answer = 0; answer < 100; answer++) for (const deployment of deployments) strategy.onOutcome?.(deployment, answered, now);
  const [usual] = deployments;
  Object.assign(usual!, measured(290, now));
  assert.deepEqual(countPicks(strategy, deployments, 50), [50, 0]);
  Object.assign(usual!, measured(5_000, now));
  assert.deepEqual(countPicks(strategy, deployments, 50), [0, 50]);
});
