import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean, misspelt } from "../../src/lib/suggest.ts";

const known = ["simple-shuffle", "least-busy", "latency-based-routing", "rpm", "tpm"];

const cases: readonly [string, string | undefined][] = [
  ["simple", "simple-shuffle"],
  ["leastbusy", "least-busy"],
  ["LEAST-BUSY", "least-busy"],
  ["latency-based", "latency-based-routing"],
  ["rpn", "rpm"],
  ["something-else", undefined],
  ["", undefined],
];

for (const [name, meant] of cases) {
  test(`for "${name}" ${meant === undefined ? "nothing" : meant} is suggested`, () => {
    const said = didYouMean(name, known);
    if (meant === undefined) assert.equal(said.trim(), "");
    else assert.ok(said.includes(meant), said);
  });
}

const errors: readonly [name: string, known: string, isError: boolean][] = [
  ["num_retires", "num_retries", true],
  ["numRetries", "num_retries", true],
  ["num-retries", "num_retries", true],
  ["min_budget", "max_budget", false],
  ["exclude_models", "include_models", false],
  ["unblocked", "blocked", false],
  ["enable_cooldowns", "disable_cooldowns", false],
  ["default_team", "default_team_params", false],
  ["tpm", "rpm", false],
];

test("a typing error is told from a name that means something else", () => {
  for (const [name, known, isError] of errors) assert.equal(misspelt(name, [known]), isError ? known : undefined, name);
});

test("no company's name is taken for a typing error of another's", () => {
  const companies = ["openai", "xai", "groq", "mistral", "together_ai", "azure"];
  for (const [name, meant] of [
    ["zai", undefined],
    ["grok", undefined],
    ["mistralai", undefined],
    ["opera", undefined],
    ["opnai", "openai"],
    ["opneai", "openai"],
    ["togetherai", "together_ai"],
  ] as const) {
    assert.equal(misspelt(name, companies, { letterForLetter: false }), meant, name);
  }
});
