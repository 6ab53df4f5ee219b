import assert from "node:assert/strict";
import { test } from "node:test";
import { addShadowCounts, meanChange, noChange } from "../../../src/core/shadow/shadow-counts.ts";
import { ShadowedStrategy, type ShadowedOptions } from "../../../src/core/shadow/shadowed-strategy.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import type { DeploymentView, LargeCandidates, Strategy, StrategyDeps } from "../../../src/core/strategy.ts";
import { randomInt, seededRandom } from "../../../src/lib/random.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { FakeCandidates, fakeContext, fakeDeployments, type FakeDeployment } from "../../support/fake-candidates.ts";

const pickFirst = (candidates: LargeCandidates): DeploymentView => candidates.at(0);
const pickLast = (candidates: LargeCandidates): DeploymentView => candidates.at(candidates.length - 1);
const first: Strategy = { pick: pickFirst };
const last: Strategy = { pick: pickLast };
const fewest: Strategy = { pick: leastInFlight };
const success = { kind: "success", firstTokenMs: 100, totalMs: 200, stream: true, usage: undefined } as const satisfies Outcome;

function leastInFlight(candidates: LargeCandidates): DeploymentView {
  let best = candidates.at(0);
  for (const one of candidates) if (one.inFlight < best.inFlight) best = one;
  return best;
}

function shadowed(real: Strategy, shadows: Readonly<Record<string, Strategy>>, over: Partial<ShadowedOptions> = {}) {
  const faults: unknown[] = [];
  const strategy = new ShadowedStrategy({
    group: "m",
    real: { name: "real", strategy: real },
    shadows: Object.entries(shadows).map(([name, shadow]) => ({ name, strategy: shadow })),
    sample: 1,
    onFault: (error) => faults.push(error),
    ...over,
  });
  return { strategy, faults };
}

function pickTimes(strategy: Strategy, candidates: LargeCandidates, times: number): void {
  for (let pick = 0; pick < times; pick++) strategy.pick(candidates, fakeContext({ now: pick }));
}

test("the real strategy chooses, and each shadow's agreement with it is counted", () => {
  const { strategy } = shadowed(first, { same: first, other: last });
  const candidates = new FakeCandidates(fakeDeployments([{}, {}, {}]));
  assert.equal(strategy.pick(candidates, fakeContext()).row, 0);
  pickTimes(strategy, candidates, 9);
  assert.deepEqual(
    strategy.takeCounts().map(({ group, strategy: real, shadow, samples, agreed }) => [group, real, shadow, samples, agreed]),
    [
      ["m", "real", "same", 10, 10],
      ["m", "real", "other", 10, 0],
    ],
  );
});

test("what was taken is not counted again", () => {
  const { strategy } = shadowed(first, { other: last });
  pickTimes(strategy, new FakeCandidates(fakeDeployments([{}, {}])), 5);
  strategy.takeCounts();
  const zero = { samples: 0, agreed: 0, answerMs: noChange, costUsd: noChange, failed: false };
  assert.deepEqual(strategy.takeCounts(), [{ group: "m", strategy: "real", shadow: "other", ...zero }]);
});

test("a tenth of the picks is sampled where that is asked for", () => {
  const { strategy } = shadowed(first, { other: last }, { sample: 0.1 });
  pickTimes(strategy, new FakeCandidates(fakeDeployments([{}, {}])), 20_000);
  const samples = strategy.takeCounts()[0]?.samples ?? 0;
  assert.ok(samples > 1_850 && samples < 2_150, String(samples));
});

test("a single candidate is no choice, and is not counted", () => {
  const { strategy } = shadowed(first, { other: last });
  pickTimes(strategy, new FakeCandidates(fakeDeployments([{}])), 5);
  assert.equal(strategy.takeCounts()[0]?.samples, 0);
});

for (const [what, broken, message] of [
  [
    "throws at a pick",
    {
      pick: () => {
        throw new Error("broken");
      },
    },
    /broken/,
  ],
  [
    "throws at an outcome",
    {
      pick: pickFirst,
      onOutcome: () => {
        throw new Error("broken");
      },
    },
    /broken/,
  ],
  ["picks what is no candidate", { pick: ({ pool }) => pool[2]! }, /not among its candidates/],
] as const satisfies readonly (readonly [string, Strategy, RegExp])[]) {
  test(`a shadow that ${what} is reported once and asked no more, and the others go on`, () => {
    const { strategy, faults } = shadowed(first, { broken, other: last });
    const deployments = fakeDeployments([{}, {}, {}]);
    for (let pick = 0; pick < 5; pick++) {
      strategy.pick(new FakeCandidates(deployments.slice(0, 2), deployments), fakeContext());
      strategy.onOutcome(deployments[0]!, success, 0);
    }
    assert.equal(faults.length, 1);
    assert.match(String(faults[0]), /the shadow strategy broken of group m failed, and is not asked again/);
    assert.match(String((faults[0] as Error).cause), message);
    assert.deepEqual(
      strategy.takeCounts().map(({ shadow, failed }) => [shadow, failed]),
      [
        ["broken", true],
        ["other", false],
      ],
    );
    assert.equal(strategy.takeCounts()[1]?.samples, 0);
  });
}

test("shadows hear the outcome of every attempt that was made, and when it was picked", () => {
  const heard: unknown[] = [];
  const listening: Strategy = { pick: pickLast, onOutcome: ({ row }, { kind }, pickedAt) => heard.push([row, kind, pickedAt]) };
  const { strategy } = shadowed(first, { listening }, { sample: 0.000_001 });
  strategy.onOutcome(fakeDeployments([{}])[0]!, success, 42);
  assert.deepEqual(heard, [[0, "success", 42]]);
});

test("the explanation is the real strategy's, and there is none where that has none", () => {
  assert.equal(shadowed(first, { other: last }).strategy.explain, undefined);
  const explained = { byChance: false, meaning: "the first", scores: [1, 2] };
  const real: Strategy = { pick: pickFirst, explain: (candidates) => ({ ...explained, pick: candidates.at(0) }) };
  const { strategy } = shadowed(real, { other: last });
  assert.equal(strategy.explain?.(new FakeCandidates(fakeDeployments([{}, {}])), fakeContext()).meaning, "the first");
});

/** Answers take 100 ms and 50 more for each call in flight; the real strategy draws, and load moves by itself. */
function runLine(strategy: ShadowedStrategy, picks: number): void {
  const random = seededRandom(5);
  const deployments: FakeDeployment[] = fakeDeployments([{}, {}, {}]);
  for (let pick = 0; pick < picks; pick++) {
    for (const one of deployments) one.inFlight = randomInt(random, 8);
    const picked = strategy.pick(new FakeCandidates(deployments), fakeContext({ now: pick, stream: true }));
    strategy.onOutcome(picked, { ...success, firstTokenMs: 100 + 50 * picked.inFlight + 20 * (random.next() - 0.5) }, pick);
  }
}

test("what a shadow would have changed is estimated from the answers of the picks that were made", () => {
  const random = seededRandom(9);
  const { strategy } = shadowed({ pick: (candidates) => candidates.sample(random) }, { fewest, same: { pick: pickFirst } });
  runLine(strategy, 4_000);
  const [better, blind] = strategy.takeCounts();
  const change = meanChange(better?.answerMs ?? noChange) ?? assert.fail("there are enough");
  // Of three loads from 0 to 7 the mean is 3.5 and the least 1.53 on average.
  assert.ok(Math.abs(change.mean - 50 * (1.53 - 3.5)) < 8, String(change.mean));
  assert.ok(Math.abs(change.real - 275) < 10, String(change.real));
  assert.ok(change.standardError > 1 && change.standardError < 3, String(change.standardError));
  const none = meanChange(blind?.answerMs ?? noChange) ?? assert.fail("there are enough");
  assert.ok(Math.abs(none.mean) < 3 * none.standardError, `${none.mean} ± ${none.standardError}`);
});

test("failures teach nothing of time", () => {
  const { strategy } = shadowed(first, { other: last });
  const deployments = fakeDeployments([{}, {}]);
  for (let pick = 0; pick < 500; pick++) {
    strategy.pick(new FakeCandidates(deployments), fakeContext({ now: pick, stream: true }));
    strategy.onOutcome(deployments[0]!, { kind: "cancelled", totalMs: 5 }, pick);
  }
  assert.equal(strategy.takeCounts()[0]?.answerMs.count, 0);
});

test("the price of a call is compared where both prices are known", () => {
  const prices = { inputCostPerToken: 0.001, outputCostPerToken: 0.002 };
  const { strategy } = shadowed(first, { other: last });
  const context = fakeContext({ promptTokens: 100, outputTokens: 10 });
  strategy.pick(new FakeCandidates(fakeDeployments([{ inputCostPerToken: 0.01, outputCostPerToken: 0.02 }, prices])), context);
  strategy.pick(new FakeCandidates(fakeDeployments([{}, prices])), context);
  const { count, sum, real } = strategy.takeCounts()[0]?.costUsd ?? noChange;
  assert.deepEqual([count, Number(sum.toFixed(6)), Number(real.toFixed(6))], [1, -1.08, 1.2]);
});

test("counts of several threads add up, and a mean needs thirty estimates", () => {
  const change = { count: 20, sum: -40, squares: 100, real: 200 };
  const counts = { group: "m", strategy: "real", shadow: "s", samples: 30, agreed: 10, answerMs: change, costUsd: noChange, failed: false };
  const both = addShadowCounts(counts, { ...counts, failed: true });
  assert.deepEqual([both.samples, both.agreed, both.failed], [60, 20, true]);
  assert.equal(meanChange(counts.answerMs), undefined);
  const { mean, standardError, real } = meanChange(both.answerMs) ?? assert.fail("there are enough");
  assert.deepEqual([mean, real, Number(standardError.toFixed(4))], [-2, 10, 0.1601]);
});

function drawing(seed: number): Strategy {
  const chance = seededRandom(seed);
  return { pick: (candidates) => candidates.sampleByWeight(chance) };
}

async function hostsAsked(withShadows: boolean): Promise<readonly string[]> {
  const choices = [{ name: "last", key: "last", create: ({ random }: StrategyDeps) => (random.next(), last) }];
  const source = tableSource([deployment("a"), deployment("b"), deployment("c")], { createStrategy: () => drawing(1) });
  const fixture = new CoreFixture(withShadows ? { ...source, shadows: { choices, sample: 0.5 } } : source);
  for (let call = 0; call < 30; call++) await fixture.run();
  const asked = fixture.router.takeShadowCounts().reduce((sum, { samples }) => sum + samples, 0);
  assert.equal(asked > 0, withShadows);
  return fixture.upstream.hits.map(({ host }) => host);
}

test("a router with shadows routes each call as one without them", async () => {
  assert.deepEqual(await hostsAsked(true), await hostsAsked(false));
});
