import assert from "node:assert/strict";
import { test } from "node:test";
import { usageBasedRouting } from "../../src/strategies/usage-based-routing.ts";
import { assertShares } from "../support/assert-shares.ts";
import { countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { fakeDeployments } from "../support/fake-candidates.ts";

const cases: readonly { usedTpm: readonly number[]; picked: number }[] = [
  { usedTpm: [0, 10, 20], picked: 0 },
  { usedTpm: [300, 299, 5000], picked: 1 },
  { usedTpm: [7, 7, 6], picked: 2 },
];

for (const { usedTpm, picked } of cases) {
  test(`of ${usedTpm.join(", ")} used tokens picks number ${picked}, every time`, () => {
    const counts = countPicks(createStrategy(usageBasedRouting), fakeDeployments(usedTpm.map((used) => ({ usedTpm: used }))), 50);
    assert.equal(counts[picked], 50);
  });
}

test("chooses evenly among the equally used", () => {
  const deployments = fakeDeployments([9, 9, 0, 100, 0, 0].map((usedTpm) => ({ usedTpm })));
  const [, , third, , fifth, sixth] = countPicks(createStrategy(usageBasedRouting), deployments, 3000);
  assertShares([third!, fifth!, sixth!], [1, 1, 1]);
});

test("compares tokens, not shares of the limit", () => {
  const deployments = fakeDeployments([{ usedTpm: 900, tpmLimit: 1000 }, { usedTpm: 1000, tpmLimit: 600_000 }, { usedTpm: 1000 }]);
  assert.deepEqual(countPicks(createStrategy(usageBasedRouting), deployments, 20), [20, 0, 0]);
});

test("accepts the window length of LiteLLM's arguments, without effect", () => {
  const strategy = createStrategy(usageBasedRouting, { args: { ttl: 120 } });
  assert.deepEqual(countPicks(strategy, fakeDeployments([{ usedTpm: 2 }, { usedTpm: 1 }]), 10), [0, 10]);
});
