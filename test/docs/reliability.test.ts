import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/RELIABILITY.md"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("|") && line.includes(".test.ts:"))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test("the page makes promises", () => {
  assert.ok(rows.length > 25);
});

for (const row of rows) {
  const [, event = ""] = row;
  const heldBy = row.at(-2) ?? "";
  test(`the promise about "${event}" names a test that is there`, () => {
    const [file = "", ...name] = heldBy.split(": ");
    const [path] = globSync(`test/**/${file}`, { cwd: root });
    assert.ok(path, `no test file ${file}`);
    // The names of a table's tests begin or end with what differs between its rows.
    assert.ok(readFileSync(join(root, path), "utf8").includes(name.join(": ")), `${path} has no test "${name.join(": ")}"`);
  });
}
