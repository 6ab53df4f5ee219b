import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { adaptive } from "../../src/strategies/adaptive/adaptive.ts";
import { assertShares } from "../support/assert-shares.ts";
import { countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { FakeCandidates, type FakeDeployment, fakeContext, fakeDeployments, measured } from "../support/fake-candidates.ts";

const context = fakeContext();
const recently = context.now - 100;
const busy = { waitingPromptTokens: 2_000, expectedRestTokens: 500 };

const cases: readonly {
  readonly title: string;
  readonly given: readonly Partial<FakeDeployment>[];
  readonly picked: number;
  args?: object;
}[] = [
  { title: "the fewest prompt tokens to read", given: [{ waitingPromptTokens: 900 }, { waitingPromptTokens: 800 }], picked: 1 },
  { title: "the fewest tokens to write", given: [{ expectedRestTokens: 90 }, { expectedRestTokens: 100 }], picked: 0 },
  {
    title: "output tokens for more than prompt tokens",
    given: [{ waitingPromptTokens: 150 }, { expectedRestTokens: 100 }],
    picked: 0,
  },
  {
    title: "many small calls before one large one",
    given: [
      { inFlight: 9, expectedRestTokens: 90 },
      { inFlight: 1, ...busy },
    ],
    picked: 0,
  },
  {
    title: "work for its weight",
    given: [
      { weight: 1, waitingPromptTokens: 300 },
      { weight: 4, waitingPromptTokens: 1_000 },
    ],
    picked: 1,
  },
  {
    title: "a busy one before an idle one that fails all the time",
    given: [busy, { failureRate: 0.9, ...measured(50, recently) }],
    picked: 0,
  },
  {
    title: "an idle one before a busy one, though it once failed",
    given: [busy, { failureRate: 0.9, ...measured(50, context.now - 300_000) }],
    picked: 1,
  },
  {
    title: "one with some work before one that answers ten times later",
    given: [
      { waitingPromptTokens: 500, ...measured(200, recently) },
      measured(9_000, recently),
      { waitingPromptTokens: 5_000, ...measured(210, recently) },
    ],
    picked: 0,
  },
  {
    title: "one with some work before one whose minute is nearly used up",
    given: [{ waitingPromptTokens: 2_000 }, { tpmLimit: 10_000, usedTpm: 9_600 }],
    picked: 0,
  },
  { title: "one with some work before one with hardly any requests left", given: [busy, { rpmLimit: 100, usedRpm: 98 }], picked: 0 },
  { title: "one with some work before one whose provider says that it is nearly used up", given: [busy, { quotaUsed: 0.97 }], picked: 0 },
  { title: "the idle one where limits are far", given: [busy, { rpmLimit: 100, usedRpm: 60, quotaUsed: 0.6 }], picked: 1 },
  {
    title: "no prices where none are asked for",
    given: [
      { inputCostPerToken: 1e-6, outputCostPerToken: 1e-6, waitingPromptTokens: 10 },
      { inputCostPerToken: 9e-6, outputCostPerToken: 9e-6 },
    ],
    picked: 1,
  },
  {
    title: "the cheaper one where prices count, though it has some work",
    given: [
      { inputCostPerToken: 1e-6, outputCostPerToken: 1e-6, waitingPromptTokens: 400 },
      { inputCostPerToken: 9e-6, outputCostPerToken: 9e-6 },
    ],
    picked: 0,
    args: { price_weight: 1 },
  },
];

describe("picks", () => {
  for (const { title, given, picked, args } of cases) {
    test(title, () => {
      const counts = countPicks(createStrategy(adaptive, { args: { ...args } }), fakeDeployments(given), 20, context);
      assert.equal(counts[picked], 20, counts.join(", "));
    });
  }
});

test("chance decides between equals", () => {
  assertShares(countPicks(createStrategy(adaptive), fakeDeployments([{}, {}, {}]), 3_000), [1, 1, 1]);
});

test("a conversation stays where it was read, until that costs more than reading it again", () => {
  const turn = fakeContext({ promptTokens: 4_000, cachedTokens: (row) => (row === 1 ? 3_000 : 0) });
  const pickBeside = (waitingPromptTokens: number): number[] =>
    countPicks(createStrategy(adaptive), fakeDeployments([{}, { waitingPromptTokens }]), 10, turn);
  assert.deepEqual(pickBeside(5_900), [0, 10]);
  assert.deepEqual(pickBeside(6_100), [10, 0]);
});

test("a late deployment gets less, but is never left out", () => {
  const deployments = fakeDeployments([
    { waitingPromptTokens: 20_000, ...measured(200, recently) },
    { waitingPromptTokens: 100, ...measured(20_000, recently) },
  ]);
  assert.deepEqual(countPicks(createStrategy(adaptive), deployments, 10), [0, 10]);
});

test("says of each what its score is made of", () => {
  const strategy = createStrategy(adaptive, { args: { price_weight: 1 } });
  const deployments = fakeDeployments([
    { waitingPromptTokens: 120, expectedRestTokens: 30, ...measured(100, recently) },
    { failureRate: 0.5, quotaUsed: 0.9, inputCostPerToken: 1e-6, ...measured(90, recently) },
    measured(2_000, recently),
  ]);
  const details = strategy.explain?.(new FakeCandidates(deployments), context).details ?? [];
  assert.match(details[0] ?? "", /^Has 120 tokens to read, 30 to write\.$/);
  assert.match(details[1] ?? "", /failures count as \d+ more; limits count as \d+ more; its price count/);
  assert.match(details[2] ?? "", /late answers make it \d\.\d times as much/);
});
