import assert from "node:assert/strict";
import { test } from "node:test";
import { readMessageUsage } from "../../../src/formats/anthropic/usage/read-usage.ts";

const plain = { input_tokens: 10, output_tokens: 3 };

test("what a cache keeps for an hour is told apart, and is no more than it wrote", () => {
  const lifetimes = { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 4 };
  const usage = { ...plain, cache_creation_input_tokens: 6, cache_creation: lifetimes };
  assert.deepEqual([readMessageUsage(usage)?.cacheWriteTokens, readMessageUsage(usage)?.longCacheWriteTokens], [6, 4]);
  assert.equal(readMessageUsage({ ...usage, cache_creation_input_tokens: 1 })?.longCacheWriteTokens, 1);
  for (const cache_creation of [null, "x", { ephemeral_1h_input_tokens: "4" }]) {
    assert.equal(readMessageUsage({ ...usage, cache_creation })?.longCacheWriteTokens, undefined);
  }
});
