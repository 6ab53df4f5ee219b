import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Usage } from "../../../../src/core/outcome.ts";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { readContentUsage } from "../../../../src/formats/gemini/usage/read-usage.ts";

describe("Gemini's usage", () => {
  const cases: readonly [string, JsonMembers, Usage | undefined][] = [
    [
      "counts thoughts beside the answer",
      { promptTokenCount: 9, candidatesTokenCount: 15, thoughtsTokenCount: 5, totalTokenCount: 29 },
      {
        promptTokens: 9,
        outputTokens: 20,
        reasoningTokens: 5,
      },
    ],
    [
      "counts them once where the answer holds them",
      { promptTokenCount: 9, candidatesTokenCount: 20, thoughtsTokenCount: 5, totalTokenCount: 29 },
      {
        promptTokens: 9,
        outputTokens: 20,
        reasoningTokens: 5,
      },
    ],
    [
      "has what the cache read in the prompt",
      { promptTokenCount: 100, cachedContentTokenCount: 90, candidatesTokenCount: 1 },
      {
        promptTokens: 100,
        outputTokens: 1,
        cachedTokens: 90,
      },
    ],
    [
      "has what tools put into the prompt",
      { promptTokenCount: 10, toolUsePromptTokenCount: 7, candidatesTokenCount: 1, totalTokenCount: 18 },
      {
        promptTokens: 17,
        outputTokens: 1,
      },
    ],
    ["knows an answer by the sum", { promptTokenCount: 10, totalTokenCount: 18 }, { promptTokens: 10, outputTokens: 8 }],
    [
      "has thoughts alone",
      { promptTokenCount: 10, thoughtsTokenCount: 8, totalTokenCount: 18 },
      {
        promptTokens: 10,
        outputTokens: 8,
        reasoningTokens: 8,
      },
    ],
    ["has a prompt alone", { promptTokenCount: 10 }, { promptTokens: 10, outputTokens: 0 }],
    ["tells nothing by the kind of traffic", { trafficType: "ON_DEMAND" }, undefined],
    ["believes no number beyond sense", { promptTokenCount: 1e12, candidatesTokenCount: -1 }, undefined],
  ];
  for (const [what, fields, usage] of cases) {
    it(what, () => {
      assert.deepEqual(readContentUsage(fields, false), usage);
    });
  }

  it("has nothing of what a search put into the prompt: that is free", () => {
    const fields = { promptTokenCount: 10, toolUsePromptTokenCount: 7, candidatesTokenCount: 1, totalTokenCount: 18 };
    assert.deepEqual(readContentUsage(fields, true), { promptTokens: 10, outputTokens: 1 });
  });
});
