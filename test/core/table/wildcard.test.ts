import assert from "node:assert/strict";
import { test } from "node:test";
import { bySpecificity, createWildcard, fillTemplate } from "../../../src/core/table/wildcard.ts";

test("a pattern is anchored at both ends and takes every other character literally", () => {
  const cases: readonly [string, string, readonly string[] | undefined][] = [
    ["*", "anything/at:all", ["anything/at:all"]],
    ["openai/*", "openai/gpt-4o", ["gpt-4o"]],
    ["openai/*", "azure/openai/gpt-4o", undefined],
    ["claude-*", "claude-", [""]],
    ["gpt-4.1*", "gpt-4x1", undefined],
    ["*-latest", "claude-latest-2", undefined],
    ["bedrock/*/claude-*", "bedrock/eu/claude-3", ["eu", "3"]],
    ["a(b)*", "a(b)c", ["c"]],
  ];
  for (const [pattern, name, captures] of cases) assert.deepEqual(createWildcard(pattern).match(name), captures, `${pattern} ~ ${name}`);
});

test("the most specific pattern comes first", () => {
  assert.deepEqual(["*", "claude-*", "claude-3-*", "*claude-*"].toSorted(bySpecificity), ["claude-3-*", "claude-*", "*claude-*", "*"]);
});

test("captures fill the template from left to right", () => {
  const cases: readonly [string, readonly string[], string, string][] = [
    ["gpt-*", ["4o"], "openai/4o", "gpt-4o"],
    ["fixed", ["4o"], "openai/4o", "fixed"],
    ["*/x-*", ["eu", "3"], "n", "eu/x-3"],
    ["*", ["eu", "3"], "bedrock/eu/claude-3", "bedrock/eu/claude-3"],
    ["a-*-*", ["1"], "n", "a-1-"],
  ];
  for (const [template, captures, name, model] of cases) assert.equal(fillTemplate(template, captures, name), model, template);
});
