import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../bench/support/goal.ts";
import { goalTable, sheetTable } from "../../bench/support/markdown.ts";
import { Sheet } from "../../bench/support/sheet.ts";

const measure = { name: "4 KB", unit: "µs", digits: 0 };

function sheetOf(columns: Readonly<Record<string, readonly number[]>>): Sheet {
  const sheet = new Sheet();
  for (const [target, values] of Object.entries(columns)) for (const value of values) sheet.add(measure, target, value);
  return sheet;
}

/** The second round was slow for everybody. */
const sheet = sheetOf({ own: [12, 120, 10], bare: [10, 100, 10], broken: [Number.NaN] });
const goal = { measure: "4 KB", target: "own", beside: "bare", atMost: 1.25 };

test("a ratio is taken within each round, so that a slow round falls out", () => {
  const { values, verdict } = judge(goal, sheet);
  assert.deepEqual(values, [1.2, 1.2, 1]);
  assert.equal(verdict, "ok");
});

test("a goal is missed when the median of the ratios is above it", () => {
  assert.equal(judge({ ...goal, atMost: 1.2 }, sheet).verdict, "ok");
  assert.equal(judge({ ...goal, atMost: 1.19 }, sheet).verdict, "missed");
});

test("a goal without a baseline is in the measure's own unit", () => {
  assert.equal(judge({ ...goal, beside: undefined, atMost: 12 }, sheet).verdict, "ok");
  assert.equal(judge({ ...goal, beside: undefined, atMost: 11 }, sheet).verdict, "missed");
});

for (const missing of ["portkey", "broken"]) {
  test(`what was not measured is neither reached nor missed: ${missing}`, () => {
    assert.equal(judge({ ...goal, beside: missing }, sheet).verdict, "not measured");
    assert.equal(judge({ ...goal, target: missing }, sheet).verdict, "not measured");
  });
}

test("the tables say what was measured, what was not, and what was missed", () => {
  assert.equal(
    sheetTable(sheet),
    "|  | own | bare | broken |\n| --- | --- | --- | --- |\n| 4 KB, µs | 12 (10 … 120) | 10 (10 … 100) | – |",
  );
  const judged = [judge(goal, sheet), judge({ ...goal, atMost: 1 }, sheet), judge({ ...goal, beside: "portkey" }, sheet)];
  assert.deepEqual(goalTable(judged).split("\n").slice(2), [
    "| 4 KB: own | bare | 1.20 (1.00 … 1.20) | ≤ 1.25 | ok |",
    "| 4 KB: own | bare | 1.20 (1.00 … 1.20) | ≤ 1 | **missed** |",
    "| 4 KB: own | portkey | – | ≤ 1.25 | not measured |",
  ]);
});
