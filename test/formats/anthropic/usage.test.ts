import assert from "node:assert/strict";
import { test } from "node:test";
import { overlayUsage, readMessageUsage } from "../../../src/formats/anthropic/usage/read-usage.ts";
import { usageJson } from "../../../src/formats/kit/chat/usage-json.ts";

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

test("searches in the web are counted beside the tokens, and callers see how many there were", () => {
  const served = { web_search_requests: 2, web_fetch_requests: 1 };
  const usage = readMessageUsage({ ...plain, server_tool_use: served });
  assert.equal(usage?.webSearches, 2);
  assert.deepEqual((JSON.parse(usageJson(usage)) as { server_tool_use: unknown }).server_tool_use, { web_search_requests: 2 });
  for (const server_tool_use of [null, { web_search_requests: 0 }, { web_search_requests: "2" }]) {
    assert.equal(readMessageUsage({ ...plain, server_tool_use })?.webSearches, undefined);
  }
});

test("what a stream told of searches stays where its last event tells of tokens alone", () => {
  const earlier = overlayUsage({}, { ...plain, server_tool_use: { web_search_requests: 3 } });
  const later = overlayUsage(earlier, { output_tokens: 9, server_tool_use: null });
  assert.deepEqual([readMessageUsage(later)?.webSearches, readMessageUsage(later)?.outputTokens], [3, 9]);
});
