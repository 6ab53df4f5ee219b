import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Endpoint } from "../../../../src/core/endpoints.ts";
import { readUsage } from "../../../../src/formats/openai/usage/read-usage.ts";
import { sharedFolder, skippedWithout } from "../../../support/shared-folder.ts";

interface Want {
  readonly prompt: number;
  readonly output: number;
  readonly cached: number;
  readonly reasoning: number;
  readonly total: number;
  readonly cache_write?: number;
  readonly endpoint?: Endpoint;
}

function read(usage: unknown, endpoint: Endpoint = "chat"): Want | null {
  const got = readUsage(usage, endpoint);
  if (got === undefined) return null;
  const { promptTokens: prompt, outputTokens: output, cachedTokens = 0, cacheWriteTokens, reasoningTokens = 0 } = got;
  const counted = { prompt, output, cached: cachedTokens, reasoning: reasoningTokens, total: prompt + output };
  return {
    ...counted,
    ...(cacheWriteTokens === undefined ? {} : { cache_write: cacheWriteTokens }),
    ...(endpoint === "chat" ? {} : { endpoint }),
  };
}

test("every known host's usage is read as the shared table says", { skip: skippedWithout("cases/usage.json") }, () => {
  const rows = JSON.parse(readFileSync(join(sharedFolder, "cases/usage.json"), "utf8")) as {
    id: string;
    usage: unknown;
    want: Want | null;
  }[];
  assert.ok(rows.length > 0);
  for (const { id, usage, want } of rows) assert.deepEqual(read(usage, want?.endpoint), want, id);
});

const cases: readonly [what: string, usage: unknown, want: readonly [prompt: number, output: number] | undefined, endpoint?: Endpoint][] = [
  ["OpenAI's names", { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }, [7, 3]],
  ["reasoning beside the answer, by the total", { prompt_tokens: 100, completion_tokens: 50, total_tokens: 1_150 }, [100, 1_050]],
  [
    "more reasoning than output",
    { prompt_tokens: 1, completion_tokens: 50, completion_tokens_details: { reasoning_tokens: 1_000 } },
    [1, 1_050],
  ],
  ["embeddings with a total alone", { total_tokens: 1_000 }, [1_000, 0], "embeddings"],
  ["Anthropic's cache beside the input", { input_tokens: 10, cache_read_input_tokens: 100, output_tokens: 5 }, [110, 5]],
  [
    "what a cache wrote, by its lifetime",
    { input_tokens: 1, cache_creation: { ephemeral_1h_input_tokens: 20 }, output_tokens: 5 },
    [21, 5],
  ],
  [
    "a cache larger than the prompt it is told with",
    { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, cache_read_input_tokens: 100 },
    [110, 5],
  ],
  ["a cache within the prompt", { prompt_tokens: 110, completion_tokens: 5, cache_read_input_tokens: 100 }, [110, 5]],
  ["Bedrock's names", { inputTokens: 4, outputTokens: 5, totalTokens: 9 }, [4, 5]],
  ["Gemini's names, thoughts beside", { promptTokenCount: 4, candidatesTokenCount: 5, thoughtsTokenCount: 6 }, [4, 11]],
  ["Cohere's names", { billed_units: { input_tokens: 1, output_tokens: 2 }, tokens: { input_tokens: 70, output_tokens: 2 } }, [70, 2]],
  ["a prompt without an answer", { prompt_tokens: 9 }, [9, 0]],
  ["an answer without a prompt, which the total tells", { completion_tokens: 3, total_tokens: 10 }, [7, 3]],
  ["numbers as text", { prompt_tokens: "12", completion_tokens: "3" }, [12, 3]],
  ["parts of a token", { prompt_tokens: 1.5, completion_tokens: 2 }, [2, 2]],
  ["an output beyond all sense", { prompt_tokens: 1, completion_tokens: 1e308 }, undefined],
  ["a total beyond all sense", { prompt_tokens: 1, completion_tokens: 1, total_tokens: Number.POSITIVE_INFINITY }, undefined],
  ["the same as text", { prompt_tokens: "9".repeat(300), completion_tokens: 1 }, undefined],
  ["no numbers", { prompt_tokens: [], completion_tokens: {} }, undefined],
  ["a list", [], undefined],
  ["a number", 7, undefined],
];

for (const [what, usage, want, endpoint] of cases) {
  test(`usage that tells ${what} is ${want === undefined ? "not believed" : `${want[0]} in and ${want[1]} out`}`, () => {
    const got = readUsage(usage, endpoint);
    assert.deepEqual(got && [got.promptTokens, got.outputTokens], want);
  });
}

test("what a cache keeps for an hour is told apart, and is no more than it wrote", () => {
  const lifetimes = { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 4 };
  const usage = { prompt_tokens: 10, completion_tokens: 1, cache_creation: lifetimes };
  assert.deepEqual([readUsage(usage, "chat")?.cacheWriteTokens, readUsage(usage, "chat")?.longCacheWriteTokens], [6, 4]);
  assert.equal(readUsage({ ...usage, prompt_tokens: 3, cache_creation_input_tokens: 3 }, "chat")?.longCacheWriteTokens, 3);
});
