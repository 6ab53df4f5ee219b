import assert from "node:assert/strict";
import { test } from "node:test";
import { costBasedRouting } from "../../src/strategies/cost-based-routing.ts";
import { assertShares } from "../support/assert-shares.ts";
import { countConcurrentPicks, countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { fakeContext, fakeDeployments } from "../support/fake-candidates.ts";
import type { FakeDeployment } from "../support/fake-candidates.ts";

/** USD per million tokens. */
function priced(input: number | undefined, output: number | undefined): Partial<FakeDeployment> {
  return {
    inputCostPerToken: input === undefined ? undefined : input / 1e6,
    outputCostPerToken: output === undefined ? undefined : output / 1e6,
  };
}

const cases: readonly {
  title: string;
  prices: readonly (readonly [number | undefined, number | undefined])[];
  promptTokens?: number;
  outputTokens?: number;
  picked: number;
}[] = [
  {
    title: "the one that is cheaper in both prices",
    prices: [
      [3, 15],
      [1, 5],
      [2, 10],
    ],
    picked: 1,
  },
  {
    title: "a free one before any other",
    prices: [
      [0.01, 0.01],
      [0, 0],
    ],
    picked: 1,
  },
  {
    title: "any known price before an unknown one",
    prices: [
      [undefined, undefined],
      [900, 900],
    ],
    picked: 1,
  },
  {
    title: "any known price before one of which half is unknown",
    prices: [
      [0, undefined],
      [undefined, 0],
      [900, 900],
    ],
    picked: 2,
  },
  {
    title: "cheap input for a long prompt",
    prices: [
      [1, 10],
      [3, 4],
    ],
    promptTokens: 10_000,
    outputTokens: 100,
    picked: 0,
  },
  {
    title: "cheap output for a long answer",
    prices: [
      [1, 10],
      [3, 4],
    ],
    promptTokens: 100,
    outputTokens: 10_000,
    picked: 1,
  },
  {
    title: "by input alone where there is no output",
    prices: [
      [2, 0],
      [1, undefined],
    ],
    promptTokens: 50,
    outputTokens: 0,
    picked: 1,
  },
];

for (const { title, prices, promptTokens = 100, outputTokens = 200, picked } of cases) {
  test(`picks ${title}, every time`, () => {
    const deployments = fakeDeployments(prices.map(([input, output]) => priced(input, output)));
    const counts = countPicks(createStrategy(costBasedRouting), deployments, 50, fakeContext({ promptTokens, outputTokens }));
    assert.equal(counts[picked], 50);
  });
}

test("stays with the cheapest however busy it is", () => {
  assert.deepEqual(countConcurrentPicks(createStrategy(costBasedRouting), fakeDeployments([priced(1, 1), priced(2, 2)]), 100), [100, 0]);
});

for (const [title, price] of [
  ["equal prices", priced(1, 2)],
  ["unknown prices", priced(undefined, undefined)],
] as const) {
  test(`among ${title} picks the one with the fewest in flight`, () => {
    const deployments = fakeDeployments([3, 0, 1].map((inFlight) => ({ ...price, inFlight })));
    assert.deepEqual(countConcurrentPicks(createStrategy(costBasedRouting), deployments, 5), [0, 3, 2]);
  });

  test(`among ${title} and equally busy ones chooses evenly`, () => {
    const deployments = fakeDeployments([price, price, price]);
    assertShares(countPicks(createStrategy(costBasedRouting), deployments, 3000), [1, 1, 1]);
  });
}
