import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Strategy } from "../../src/core/strategy.ts";
import { roundRobin } from "../../src/strategies/round-robin.ts";
import { countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { FakeCandidates, fakeContext, fakeDeployment, fakeDeployments } from "../support/fake-candidates.ts";
import type { FakeDeployment } from "../support/fake-candidates.ts";

/** The picks as letters: a is row 0. */
function sequence(strategy: Strategy, deployments: readonly FakeDeployment[], picks: number): string {
  const candidates = new FakeCandidates(deployments);
  return Array.from({ length: picks }, () => String.fromCharCode(97 + strategy.pick(candidates, fakeContext()).row)).join("");
}

const cases: readonly { weights: readonly number[]; cycle: string }[] = [
  { weights: [1, 1, 1], cycle: "abc" },
  { weights: [5, 1, 1], cycle: "aabacaa" },
  { weights: [2, 1], cycle: "aba" },
  { weights: [0.6, 0.3, 0.1], cycle: "abaabacaba" },
  { weights: [0, 0], cycle: "ab" },
  { weights: [7], cycle: "a" },
];

for (const { weights, cycle } of cases) {
  test(`interleaves ${weights.join(" : ")} as ${cycle}, again and again`, () => {
    const deployments = fakeDeployments(weights.map((weight) => ({ weight })));
    assert.equal(sequence(createStrategy(roundRobin), deployments, cycle.length * 3), cycle.repeat(3));
  });
}

test("keeps its order over 100,000 picks: rounding does not add up", () => {
  const strategy = createStrategy(roundRobin);
  const deployments = fakeDeployments([5, 1, 1].map((weight) => ({ weight })));
  sequence(strategy, deployments, 7 * 14_286);
  assert.equal(sequence(strategy, deployments, 7), "aabacaa");
});

test("gives each exactly its weight in every cycle", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 1000 }),
      (weights, unit) => {
        const strategy = createStrategy(roundRobin);
        const deployments = fakeDeployments(weights.map((weight) => ({ weight: weight * unit })));
        const cycle = weights.reduce((sum, weight) => sum + weight, 0);
        for (let round = 0; round < 3; round++) assert.deepEqual(countPicks(strategy, deployments, cycle), weights);
      },
    ),
  );
});

test("follows a changed weight at once, without paying old debts", () => {
  const strategy = createStrategy(roundRobin);
  const deployments = fakeDeployments([{ weight: 1000 }, { weight: 1 }, { weight: 1 }]);
  sequence(strategy, deployments, 700);
  for (const deployment of deployments) deployment.weight = 1;
  assert.deepEqual(countPicks(strategy, deployments, 30), [10, 10, 10]);
});

test("does not make up for the time that a deployment was away", () => {
  const strategy = createStrategy(roundRobin);
  const deployments = fakeDeployments([{}, {}, {}]);
  sequence(strategy, deployments, 3);
  sequence(strategy, deployments.slice(0, 2), 100);
  assert.equal(sequence(strategy, deployments, 6), "abcabc");
});

test("stays fair while each deployment is away by turns", () => {
  const strategy = createStrategy(roundRobin);
  const deployments = fakeDeployments([{}, {}, {}, {}]);
  const counts = [0, 0, 0, 0];
  for (let pick = 0; pick < 4000; pick++) {
    const present = deployments.filter(({ row }) => row !== (pick * 7 + (pick >> 3)) % 4);
    counts[strategy.pick(new FakeCandidates(present), fakeContext()).row]! += 1;
  }
  assert.ok(Math.min(...counts) > 950 && Math.max(...counts) < 1050, counts.join(", "));
});

test("works with rows anywhere", () => {
  assert.deepEqual(countPicks(createStrategy(roundRobin), [fakeDeployment(9000), fakeDeployment(3)], 10), [5, 5]);
});

test("keeps its place in the round when a deployment joins, whatever row that has", () => {
  const strategy = createStrategy(roundRobin);
  const two = fakeDeployments([{}, {}]);
  assert.equal(sequence(strategy, two, 1), "a");
  assert.equal(strategy.pick(new FakeCandidates([...two, fakeDeployment(20_000)]), fakeContext()), two[1]);
});
