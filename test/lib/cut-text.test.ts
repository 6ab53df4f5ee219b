import assert from "node:assert/strict";
import { test } from "node:test";
import { cutText } from "../../src/lib/cut-text.ts";

const cases: readonly (readonly [text: string, longest: number, cut: string])[] = [
  ["short", 10, "short"],
  ["exactly", 7, "exactly"],
  ["cut here", 3, "cut"],
  ["a🚀b", 1, "a"],
  ["a🚀b", 2, "a"],
  ["a🚀b", 3, "a🚀"],
  ["a🚀b", 4, "a🚀b"],
  ["🚀", 1, ""],
];

for (const [text, longest, cut] of cases) {
  test(`of ${JSON.stringify(text)}, ${longest} units are ${JSON.stringify(cut)}`, () => {
    assert.equal(cutText(text, longest), cut);
    assert.ok(cutText(text, longest).isWellFormed());
  });
}
