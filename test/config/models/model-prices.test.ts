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
  [
    "prices by the piece are found by either of their names, the one that says something first",
    {},
    { input_cost_per_image: 1, output_cost_per_image: 2, input_cost_per_second: 0, output_cost_per_second: 3, input_cost_per_query: 4 },
    { ...none, units: { images: 2, seconds: 3, queries: 4 } },
  ],
  [
    "tokens of images and audio have prices of their own",
    {},
    { input_cost_per_token: 1, output_cost_per_image_token: 5, input_cost_per_audio_token: 6 },
    { ...none, inputCostPerToken: 1, media: { outputImage: 5, inputAudio: 6 } },
  ],
  [
    "an own price by the piece says that tokens have none",
    { output_cost_per_image: 7 },
    { input_cost_per_token: 1, output_cost_per_image_token: 5, input_cost_per_image: 3 },
    { ...none, units: { images: 7 } },
  ],
  [
    "an own price of tokens says that pieces have none",
    { input_cost_per_token: 7 },
    { input_cost_per_second: 1, output_cost_per_token: 2 },
    { ...none, inputCostPerToken: 7, outputCostPerToken: 2 },
  ],
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

test("only prices of tokens and pieces count", () => {
  for (const name of ["input_cost_per_token", "cache_read_input_token_cost_above_200k_tokens", "input_cost_per_second"])
    assert.ok(isPriceName(name), name);
  for (const name of ["output_cost_per_reasoning_token", "input_cost_per_token_batches", "output_cost_per_pixel"]) {
    assert.ok(!isPriceName(name), name);
  }
});
