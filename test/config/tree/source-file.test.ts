import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SourceFile } from "../../../src/config/tree/source-file.ts";

test("every offset has the line and column at which an editor shows it", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "é", ":", "\n", "\r\n", " ")), (pieces) => {
      const text = pieces.join("");
      const file = new SourceFile("f", text);
      for (let offset = 0; offset <= text.length; offset++) {
        const before = text.slice(0, offset).split("\n");
        assert.deepEqual(file.position(offset), { line: before.length, column: (before.at(-1) ?? "").length + 1 });
      }
    }),
  );
});

test("a hidden piece is shown as three stars, and what follows keeps its caret", () => {
  const file = new SourceFile("f", "first\n{key: sk-123456, rpm: x}\nlast");
  file.hide(12, 21);
  assert.deepEqual(file.shownLine(28), { text: "{key: ***, rpm: x}", column: 17 });
  assert.equal("{key: ***, rpm: x}"[16], "x");
  assert.equal(file.text[28], "x");
});

test("a hidden piece of several lines is hidden on each of them", () => {
  const file = new SourceFile("f", "key: abc\n  def\n  ghi\nnext: 1");
  file.hide(5, 20);
  assert.equal(file.shownLine(0).text, "key: ***");
  assert.equal(file.shownLine(12).text, "***");
  assert.equal(file.shownLine(22).text, "next: 1");
});

test("overlapping hidden pieces leave nothing between them", () => {
  const file = new SourceFile("f", "0123456789");
  file.hide(2, 5);
  file.hide(4, 8);
  assert.equal(file.shownLine(0).text, "01***89");
});
