import assert from "node:assert/strict";
import { test } from "node:test";
import { p2c } from "../../src/strategies/p2c.ts";
import { assertShares } from "../support/assert-shares.ts";
import { countConcurrentPicks, countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { fakeDeployments } from "../support/fake-candidates.ts";

test("of two picks the less busy one, every time: the two drawn are never the same", () => {
  assert.deepEqual(countPicks(createStrategy(p2c), fakeDeployments([{ inFlight: 5 }, { inFlight: 4 }]), 500), [0, 500]);
});

test("of three never picks the busiest, and the middle one only when the idlest was not drawn", () => {
  const counts = countPicks(createStrategy(p2c), fakeDeployments([{ inFlight: 5 }, { inFlight: 9 }, { inFlight: 4 }]), 3000);
  assert.equal(counts[1], 0);
  assertShares([counts[0]!, counts[2]!], [1, 2]);
});

test("picks the only one there is", () => {
  assert.deepEqual(countPicks(createStrategy(p2c), fakeDeployments([{ inFlight: 9 }]), 10), [10]);
});

test("takes requests in flight relative to weight", () => {
  const deployments = fakeDeployments([
    { weight: 10, inFlight: 19 },
    { weight: 1, inFlight: 2 },
  ]);
  assert.deepEqual(countPicks(createStrategy(p2c), deployments, 100), [100, 0]);
});

test("loads 3 : 1 when the weights are 3 : 1", () => {
  const counts = countConcurrentPicks(createStrategy(p2c), fakeDeployments([{ weight: 3 }, { weight: 1 }]), 400);
  assert.ok(Math.abs(counts[0]! - 300) <= 1, counts.join(", "));
});

test("follows the weights while both are idle", () => {
  assertShares(countPicks(createStrategy(p2c), fakeDeployments([{ weight: 3 }, { weight: 1 }]), 4000), [3, 1]);
});

test("looks at the plain load of backups", () => {
  const deployments = fakeDeployments([
    { weight: 0, inFlight: 3 },
    { weight: 0, inFlight: 2 },
  ]);
  assert.deepEqual(countPicks(createStrategy(p2c), deployments, 100), [0, 100]);
});

test("keeps the fullest of 100 close to the mean, where one random choice would not", () => {
  const counts = countConcurrentPicks(createStrategy(p2c), fakeDeployments(Array.from({ length: 100 }, () => ({}))), 1000);
  // Single random choices put about 18 on the fullest.
  assert.ok(Math.max(...counts) <= 13, `fullest: ${Math.max(...counts)}`);
});
