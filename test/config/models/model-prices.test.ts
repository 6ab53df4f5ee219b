import assert from "node:assert/strict";
import { test } from "node:test";
import { isPriceName, modelPrices } from "../../../src/config/models/model-prices.ts";
import type { ModelRow } from "../../../src/config/models/model-table.ts";
import type { TokenPrices } from "../../../src/core/token-prices.ts";

const none: TokenPrices = {
  inputCostPerToken: undefined,
  outputCostPerToken: undefined,
  cacheReadCostPerToken: undefined,
  cacheWriteCostPerToken: undefined,
};
const row: ModelRow = {
  input_cost_per_token: 1,
  output_cost_per_token: 2,
  cache_read_input_token_cost: 3,
  mode: "chat",
  supports_vision: true,
};

const cases: readonly [what: string, own: Readonly<Record<string, number>>, row: ModelRow | undefined, prices: TokenPrices][] = [
  ["without either nothing is known", {}, undefined, none],
  ["the table's prices count", {}, row, { ...none, inputCostPerToken: 1, outputCostPerToken: 2, cacheReadCostPerToken: 3 }],
  [
    "an own price of the input counts for all of it, caches included",
    { input_cost_per_token: 5 },
    row,
    { ...none, inputCostPerToken: 5, outputCostPerToken: 2 },
  ],
  [
    "an own price of what caches read is that alone",
    { cache_read_input_token_cost: 6 },
    row,
    { ...none, inputCostPerToken: 1, outputCostPerToken: 2, cacheReadCostPerToken: 6 },
  ],
  [
    "longer prompts have what is said of them, else what shorter ones have; the shortest length stands first",
    {},
    {
      ...row,
      output_cost_per_token_above_256k_tokens: 20,
      input_cost_per_token_above_128k_tokens: 10,
      cache_creation_input_token_cost_above_1hr: 7,
      cache_creation_input_token_cost_above_1hr_above_128k_tokens: 8,
    },
    {
      ...none,
      inputCostPerToken: 1,
      outputCostPerToken: 2,
      cacheReadCostPerToken: 3,
      longCacheWriteCostPerToken: 7,
      tiers: [
        {
          ...none,
          aboveTokens: 128_000,
          inputCostPerToken: 10,
          outputCostPerToken: 2,
          cacheReadCostPerToken: 3,
          longCacheWriteCostPerToken: 8,
        },
        {
          ...none,
          aboveTokens: 256_000,
          inputCostPerToken: 10,
          outputCostPerToken: 20,
          cacheReadCostPerToken: 3,
          longCacheWriteCostPerToken: 8,
        },
      ],
    },
  ],
];

for (const [what, own, known, prices] of cases) test(what, () => assert.deepEqual(modelPrices(own, known), prices));

test("only prices of tokens count", () => {
  for (const name of ["input_cost_per_token", "cache_read_input_token_cost_above_200k_tokens"]) assert.ok(isPriceName(name), name);
  for (const name of ["output_cost_per_reasoning_token", "input_cost_per_token_batches", "input_cost_per_second"]) {
    assert.ok(!isPriceName(name), name);
  }
});
