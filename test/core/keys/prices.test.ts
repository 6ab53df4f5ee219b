import assert from "node:assert/strict";
import { test } from "node:test";
import type { Usage } from "../../../src/core/outcome.ts";
import { costOf } from "../../../src/core/keys/prices.ts";

const plain = { inputCostPerToken: 10, outputCostPerToken: 100, cacheReadCostPerToken: undefined, cacheWriteCostPerToken: undefined };
const cached = { ...plain, cacheReadCostPerToken: 1, cacheWriteCostPerToken: 12 };
const free = { ...plain, inputCostPerToken: undefined, outputCostPerToken: undefined };

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
];

for (const [what, usage, prices, usd] of cases) {
  test(what, () => assert.equal(costOf(usage, prices), usd));
}
