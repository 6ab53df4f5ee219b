import assert from "node:assert/strict";
import { test } from "node:test";
import { cutText, ownText } from "../../src/lib/cut-text.ts";

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

test("a copy of a text is the same text, half a character included", () => {
  const parts = ["", "claude-haiku-4-5-20251001", "ß🙂", "\ud83d", 'a"\\\n\u2028'];
  for (const text of parts) assert.equal(ownText(`prefix/${text}`.slice("prefix/".length)), text);
});
