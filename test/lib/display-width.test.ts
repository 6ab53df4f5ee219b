import assert from "node:assert/strict";
import { test } from "node:test";
import { cutToWidth, displayWidth, printable } from "../../src/lib/display-width.ts";

test("a text is as wide as a terminal shows it", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["", 0],
    ["plain", 5],
    ["naïve", 5],
    ["e\u0301", 1],
    ["模型", 4],
    ["한국", 4],
    ["🚀", 2],
    ["👩‍🔧", 2],
    ["a→b…", 4],
  ];
  for (const [text, width] of cases) assert.equal(displayWidth(text), width, text);
});

test("a cut text is never wider than it may be, and whole where it fits", () => {
  assert.equal(cutToWidth("plain", 5), "plain");
  assert.equal(cutToWidth("plain", 4), "pla…");
  assert.equal(cutToWidth("模型模型", 5), "模型…");
  assert.equal(cutToWidth("模型模型", 4), "模…");
  assert.equal(cutToWidth("ab", 1), "…");
  assert.equal(cutToWidth("ab", 0), "");
});

test("what would steer a terminal becomes visible, and a line stays a line", () => {
  assert.equal(printable("a\u001B[31mb"), "a\uFFFD[31mb");
  assert.equal(printable("a\r\n\tb"), "a b");
  assert.equal(printable("\u202Eabc\u200B"), "\uFFFDabc\uFFFD");
  assert.equal(printable("模型 é"), "模型 é");
});
