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
    const text = readFileSync(join(root, path), "utf8");
    assert.ok(
      titlesIn(text).some((title) => title.test(name.join(": "))),
      `${path} has no test "${name.join(": ")}"`,
    );
  });
}

/** The titles of a file's tests and suites. In those of a table's rows, any text may stand where the rows differ; the page writes "…" there. */
function titlesIn(text: string): readonly RegExp[] {
  return Array.from(text.matchAll(/\b(?:test|it|describe)\(\s*(["'`])(.*?)\1/gs), ([, , title = ""]) => {
    const parts = title.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^$()|[\]{}\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`);
  });
}
