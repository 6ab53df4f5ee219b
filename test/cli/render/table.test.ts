import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { displayWidth } from "../../../src/lib/display-width.ts";
import { coloured, plain } from "../../../src/cli/render/paint.ts";
import { table, type Column } from "../../../src/cli/render/table.ts";

interface Row {
  readonly name: string;
  readonly count: string;
  readonly note: string;
}

const columns: readonly Column<Row>[] = [
  { title: "NAME", cell: ({ name }) => ({ text: name, style: "good" }) },
  { title: "COUNT", cell: ({ count }) => count, alignRight: true, rank: 1 },
  { title: "NOTE", cell: ({ note }) => note, mayBeCut: true },
  { title: "EMPTY", cell: () => "" },
];
const rows: readonly Row[] = [
  { name: "first", count: "1", note: "a rather long remark on this one" },
  { name: "模型", count: "1000", note: "" },
];

test("columns are aligned by what is seen, and those that hold nothing are left out", () => {
  assert.equal(
    table(columns, rows, { paint: plain, width: undefined }),
    `NAME   COUNT  NOTE
first      1  a rather long remark on this one
模型    1000
`,
  );
});

test("colours do not move what stands beside them", () => {
  const text = table(columns, rows, { paint: coloured, width: undefined });
  assert.equal(stripVTControlCharacters(text), table(columns, rows, { paint: plain, width: undefined }));
  assert.ok(text.includes("\u001B[32mfirst\u001B[0m"));
});

test("on a narrow page texts are cut first, then columns go, then whatever is widest is cut", () => {
  assert.equal(table(columns, rows, { paint: plain, width: 24 }).split("\n")[1], "first      1  a rather …");
  assert.equal(table(columns, rows, { paint: plain, width: 16 }).split("\n")[1], "first  a rather…");
  const long: readonly Row[] = [{ name: "a-very-long-name-of-something", count: "1", note: "" }];
  assert.equal(table(columns, long, { paint: plain, width: 12 }).split("\n")[1], "a-very-long…");
});

test("no line is wider than the page", () => {
  for (let width = 16; width < 60; width++) {
    for (const line of table(columns, rows, { paint: plain, width }).split("\n"))
      assert.ok(displayWidth(line) <= width, `${width}: ${line}`);
  }
});
