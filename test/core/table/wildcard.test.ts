import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
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
    ["*-*", "a-b-c", ["a-b", "c"]],
    ["**", "ab", ["ab", ""]],
    ["a*a", "a", undefined],
    ["a*b*b", "ab", undefined],
  ];
  for (const [pattern, name, captures] of cases) assert.deepEqual(createWildcard(pattern).match(name), captures, `${pattern} ~ ${name}`);
});

test("a pattern captures what a regular expression would, whatever the name", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
  const patterns = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 2 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(patterns, letters, (texts, name) => {
      const expected = new RegExp(`^${texts.join("(.*)")}$`, "s").exec(name)?.slice(1);
      assert.deepEqual(createWildcard(texts.join("*")).match(name), expected);
    }),
    { numRuns: 2_000 },
  );
});

test("a pattern of many stars is matched with one search for each text between them", (t) => {
  const search = t.mock.method(String.prototype, "lastIndexOf");
  assert.equal(createWildcard("*a*a*a*a*a*b").match(`${"a".repeat(1_000)}c`), undefined);
  assert.equal(createWildcard("*a*a*a*a*a*b*c").match(`${"a".repeat(1_000)}c`), undefined);
  assert.ok(search.mock.callCount() <= 12, `${search.mock.callCount()} searches`);
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
