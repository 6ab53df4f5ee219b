import assert from "node:assert/strict";
import { test } from "node:test";
import { readConverseUsage } from "../../../src/formats/bedrock/usage/read-usage.ts";

const plain = { inputTokens: 10, outputTokens: 3 };

test("what caches read and wrote is part of the prompt, and what they keep for an hour is told apart", () => {
  assert.deepEqual(readConverseUsage(plain), { promptTokens: 10, outputTokens: 3 });
  const cacheDetails = [{ ttl: "5m", inputTokens: 2 }, { ttl: "1h", inputTokens: 4 }, { ttl: "1h", inputTokens: -1 }, null];
  const usage = { ...plain, cacheReadInputTokens: 5, cacheWriteInputTokens: 6, cacheDetails };
  const told = { promptTokens: 21, outputTokens: 3, cachedTokens: 5, unlimitedTokens: 5, cacheWriteTokens: 6, longCacheWriteTokens: 4 };
  assert.deepEqual(readConverseUsage(usage), told);
});

test("no more is kept for an hour than was written", () => {
  const usage = { ...plain, cacheWriteInputTokens: 1, cacheDetails: [{ ttl: "1h", inputTokens: 9 }] };
  assert.equal(readConverseUsage(usage)?.longCacheWriteTokens, 1);
});
