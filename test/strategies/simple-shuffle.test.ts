import assert from "node:assert/strict";
import { test } from "node:test";
import { simpleShuffle } from "../../src/strategies/simple-shuffle.ts";
import { assertShares } from "../support/assert-shares.ts";
import { countConcurrentPicks, countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { fakeDeployments, measured } from "../support/fake-candidates.ts";

for (const weights of [
  [6, 6, 1440],
  [9, 1],
  [1, 1, 1, 1],
  [0.7, 0.2, 0.1],
  [600_000, 300_000, 150_000, 150_000],
]) {
  test(`splits 10,000 calls by the weights ${weights.join(" : ")}`, () => {
    const counts = countPicks(createStrategy(simpleShuffle), fakeDeployments(weights.map((weight) => ({ weight }))), 10_000);
    assertShares(counts, weights);
  });
}

test("chooses evenly among backups", () => {
  const counts = countPicks(createStrategy(simpleShuffle), fakeDeployments([{ weight: 0 }, { weight: 0 }, { weight: 0 }]), 3000);
  assertShares(counts, [1, 1, 1]);
});

test("keeps to the weights whatever the load and the latencies are", () => {
  const deployments = fakeDeployments([
    { weight: 3, inFlight: 500, ...measured(9000, 999_000) },
    { weight: 1, ...measured(10, 999_000) },
  ]);
  assertShares(countConcurrentPicks(createStrategy(simpleShuffle), deployments, 4000), [3, 1]);
});

test("never chooses a deployment of weight 0 beside one that has weight", () => {
  const counts = countPicks(createStrategy(simpleShuffle), fakeDeployments([{ weight: 0 }, { weight: 1 }]), 1000);
  assert.deepEqual(counts, [0, 1000]);
});
