import assert from "node:assert/strict";
import { test } from "node:test";
import { leastBusy } from "../../src/strategies/least-busy.ts";
import { assertShares } from "../support/assert-shares.ts";
import { countConcurrentPicks, countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { fakeDeployments } from "../support/fake-candidates.ts";

const cases: readonly { inFlight: readonly number[]; picked: number }[] = [
  { inFlight: [0, 1, 2], picked: 0 },
  { inFlight: [3, 2, 9], picked: 1 },
  { inFlight: [7, 7, 6], picked: 2 },
  { inFlight: [5], picked: 0 },
];

for (const { inFlight, picked } of cases) {
  test(`of ${inFlight.join(", ")} in flight picks number ${picked}, every time`, () => {
    const counts = countPicks(createStrategy(leastBusy), fakeDeployments(inFlight.map((count) => ({ inFlight: count }))), 50);
    assert.equal(counts[picked], 50);
  });
}

test("chooses evenly among the equally idle", () => {
  const deployments = fakeDeployments([4, 4, 2, 4, 2, 3, 2].map((inFlight) => ({ inFlight })));
  const [, , third, , fifth, , seventh] = countPicks(createStrategy(leastBusy), deployments, 3000);
  assertShares([third!, fifth!, seventh!], [1, 1, 1]);
});

test("takes the count as it is, whatever the weight", () => {
  const deployments = fakeDeployments([
    { weight: 100, inFlight: 2 },
    { weight: 1, inFlight: 1 },
  ]);
  assert.deepEqual(countPicks(createStrategy(leastBusy), deployments, 20), [0, 20]);
});

test("levels what is uneven before anything else", () => {
  const deployments = fakeDeployments([{ inFlight: 10 }, { inFlight: 0 }, { inFlight: 5 }]);
  assert.deepEqual(countConcurrentPicks(createStrategy(leastBusy), deployments, 15), [0, 10, 5]);
});
