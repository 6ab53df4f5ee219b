import assert from "node:assert/strict";
import { test } from "node:test";
import type { Usage } from "../../../src/core/outcome.ts";
import { costOf, dearestPrices, mostAssumedOutput, stepOf } from "../../../src/core/keys/prices.ts";
import { createGroup, type Group } from "../../../src/core/table/group.ts";
import { RoutedDeployment } from "../../../src/core/table/routed-deployment.ts";
import { Ledger } from "../../../src/core/state/ledger.ts";
import type { CallRecord } from "../../../src/core/observer.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { CoreFixture, deployment, firstStrategy, tableSource } from "../../support/core-fixture.ts";

const plain = { inputCostPerToken: 10, outputCostPerToken: 100, cacheReadCostPerToken: undefined, cacheWriteCostPerToken: undefined };
const cached = { ...plain, cacheReadCostPerToken: 1, cacheWriteCostPerToken: 12 };
const free = { ...plain, inputCostPerToken: undefined, outputCostPerToken: undefined };

const long = { ...cached, longCacheWriteCostPerToken: 20 };
const tiered = {
  ...plain,
  tiers: [
    { ...plain, aboveTokens: 5, inputCostPerToken: 20 },
    { ...cached, aboveTokens: 9, outputCostPerToken: 500 },
  ],
};

const cases: readonly [what: string, usage: Usage, prices: Parameters<typeof costOf>[1], usd: number | undefined][] = [
  ["tokens without a cache cost what they cost", { promptTokens: 5, outputTokens: 2 }, cached, 250],
  ["tokens that a cache read have their own price", { promptTokens: 5, outputTokens: 2, cachedTokens: 4 }, cached, 214],
  ["tokens that a cache wrote have their own price", { promptTokens: 5, outputTokens: 2, cacheWriteTokens: 5 }, cached, 260],
  [
    "both at once leave the rest at the usual price",
    { promptTokens: 5, outputTokens: 0, cachedTokens: 2, cacheWriteTokens: 2 },
    cached,
    36,
  ],
  ["without prices of their own, cached tokens cost as others", { promptTokens: 5, outputTokens: 2, cachedTokens: 4 }, plain, 250],
  ["without any price the cost is not known", { promptTokens: 5, outputTokens: 2, cachedTokens: 4 }, free, undefined],
  [
    "a prompt that a cache read whole needs no other price",
    { promptTokens: 5, outputTokens: 0, cachedTokens: 5 },
    { ...free, cacheReadCostPerToken: 1 },
    5,
  ],
  ["searches in the web cost beside the tokens", { promptTokens: 5, outputTokens: 0, webSearches: 2 }, { ...plain, costPerSearch: 7 }, 64],
  [
    "images cost what each costs where no token is told",
    { promptTokens: 0, outputTokens: 0, images: 3 },
    { ...free, units: { images: 7 } },
    21,
  ],
  ["pieces do not cost beside tokens that do", { promptTokens: 5, outputTokens: 0, images: 3 }, { ...plain, units: { images: 7 } }, 50],
  [
    "searches among documents cost beside tokens that cost nothing",
    { promptTokens: 5, outputTokens: 0, queries: 2 },
    { ...plain, inputCostPerToken: 0, units: { queries: 3 } },
    6,
  ],
  ["pieces cost where tokens have no price", { promptTokens: 5, outputTokens: 1, seconds: 2.5 }, { ...free, units: { seconds: 4 } }, 10],
  [
    "of what is priced by a piece that nobody told, the cost is not known",
    { promptTokens: 0, outputTokens: 0 },
    { ...free, units: { seconds: 4 } },
    undefined,
  ],
  [
    "tokens of images and audio have prices of their own",
    { promptTokens: 10, outputTokens: 20, media: { inputImage: 4, inputAudio: 1, outputImage: 20 } },
    { ...plain, outputCostPerToken: undefined, media: { inputImage: 20, inputAudio: 30, outputImage: 40 } },
    50 + 80 + 30 + 800,
  ],
  ["without one they cost as others", { promptTokens: 10, outputTokens: 2, media: { inputAudio: 10, outputAudio: 1 } }, plain, 300],
  ["searches without a price leave what the tokens cost", { promptTokens: 5, outputTokens: 0, webSearches: 2 }, plain, 50],
  [
    "what a cache keeps for an hour has its own price",
    { promptTokens: 5, outputTokens: 0, cacheWriteTokens: 5, longCacheWriteTokens: 2 },
    long,
    76,
  ],
  [
    "without one it costs as what a cache writes",
    { promptTokens: 5, outputTokens: 0, cacheWriteTokens: 5, longCacheWriteTokens: 2 },
    cached,
    60,
  ],
  ["a prompt as long as a tier's bound has the prices below it", { promptTokens: 5, outputTokens: 1 }, tiered, 150],
  ["one token more, and all tokens have the tier's", { promptTokens: 6, outputTokens: 1 }, tiered, 220],
  ["the longest bound that the prompt is above counts", { promptTokens: 10, outputTokens: 1, cachedTokens: 10 }, tiered, 510],
];

for (const [what, usage, prices, usd] of cases) {
  test(what, () => assert.equal(costOf(usage, prices), usd));
}

function groupOf(...members: readonly Partial<Deployment>[]): Group {
  const ledger = new Ledger();
  const routed = members.map((over, index) => new RoutedDeployment(deployment(`d${index}`, over), 1, false, ledger));
  return createGroup("g", routed, { strategy: firstStrategy, name: "first" });
}

test("a group's dearest prices are the dearest of each kind among its deployments", () => {
  const group = groupOf({ ...plain, maxOutputTokens: 7 }, { ...cached, outputCostPerToken: 50, maxOutputTokens: 5 });
  const dearest = dearestPrices({ group, captures: undefined }, "g");
  assert.deepEqual(dearest, { steps: [{ aboveTokens: 0, inputCostPerToken: 12, outputCostPerToken: 100 }], maxOutputTokens: 7 });
  assert.equal(dearestPrices({ group, captures: undefined }, "other"), dearest);
});

test("the dearest of a long prompt counts the tiers that it may be in, and never less than a short one's", () => {
  const cheaper = { ...plain, tiers: [{ ...plain, aboveTokens: 8, inputCostPerToken: 1 }] };
  const dearest = dearestPrices({ group: groupOf(tiered, cheaper), captures: undefined }, "g");
  const at = (tokens: number) => [stepOf(dearest, tokens)?.inputCostPerToken, stepOf(dearest, tokens)?.outputCostPerToken];
  assert.deepEqual(
    [at(0), at(5), at(6), at(9), at(10)],
    [
      [10, 100],
      [10, 100],
      [20, 100],
      [20, 100],
      [20, 500],
    ],
  );
});

test("without prices all is 0, and an answer as long as is assumed", () => {
  const dearest = dearestPrices({ group: groupOf(free), captures: undefined }, "g");
  assert.deepEqual(dearest, {
    steps: [{ aboveTokens: 0, inputCostPerToken: 0, outputCostPerToken: 0 }],
    maxOutputTokens: mostAssumedOutput,
  });
});

const byModel = (model: string) => (model === "dear" ? plain : undefined);

test("under a wildcard the model that is asked for counts, and made-up names are not all remembered", () => {
  const group = groupOf({ ...free, upstreamModel: "*", pricesOf: byModel });
  const of = (model: string) => dearestPrices({ group, captures: [model] }, `x/${model}`);
  assert.equal(of("dear").steps[0]?.outputCostPerToken, 100);
  assert.equal(of("other").steps[0]?.outputCostPerToken, 0);
  const first = of("dear");
  assert.equal(of("dear"), first);
  for (let index = 0; index < 300; index++) of(`made-up-${index}`);
  assert.notEqual(of("dear"), first);
  assert.deepEqual(of("dear"), first);
});

test("calls under a wildcard cost what their model costs, and budgets count them", async () => {
  const records: CallRecord[] = [];
  const behind = deployment("a", { group: "x/*", upstreamModel: "*", pricesOf: byModel });
  const fixture = new CoreFixture(tableSource([behind]), 1, [{ callEnded: (record) => void records.push(record) }]);
  const caller = callerKeyOf("team", { budget: { usd: 2_000, periodMs: undefined } });
  // The fake upstream's replies use 10 tokens in and 20 out.
  await fixture.run({ caller, model: "x/dear" });
  await fixture.run({ caller, model: "x/other" });
  assert.deepEqual(
    records.map(({ costUsd }) => costUsd),
    [2_100, undefined],
  );
  assert.equal((await fixture.run({ caller, model: "x/dear" })).error?.code, "budget_exceeded");
});
