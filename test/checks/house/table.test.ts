import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

/** The table "Where to go" of docs/ARCHITECTURE.md: what it names is there, and each row has the test that shows it. */
const root = join(import.meta.dirname, "../../..");
const page = readFileSync(join(root, "docs/ARCHITECTURE.md"), "utf8");

interface Row {
  readonly what: string;
  /** Every path that the row names. */
  readonly paths: readonly string[];
  readonly shownBy: string;
}

/** The rows of the table below the heading `## Where to go`. */
function rowsOf(text: string): readonly Row[] {
  const section = /^## Where to go\n(.*?)^## /ms.exec(text)?.[1] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => {
    const [, what = "", goTo = "", touch = "", shownBy = ""] = line.split("|").map((cell) => cell.trim());
    const paths = [...`${goTo} ${touch}`.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
    return { what, paths, shownBy: shownBy.replaceAll("`", "") };
  });
}

/** What is wrong with a row; nothing when all is there. Of a path with `<name>` the folder before it has to be there. */
function problemsOf({ what, paths, shownBy }: Row): readonly string[] {
  const missing = paths.filter((path) => !existsSync(join(root, path.replace(/<name>.*$/, ""))));
  const isShown = shownBy.endsWith(".test.ts") && existsSync(join(import.meta.dirname, shownBy));
  return [
    ...(paths.length === 0 ? [`"${what}" names no path`] : []),
    ...missing.map((path) => `"${what}" names ${path}, which is not there`),
    ...(isShown ? [] : [`"${what}" names no test in test/checks/house that shows it`]),
  ];
}

test("the table has a row for each thing that is commonly added or changed", () => {
  assert.deepEqual(
    rowsOf(page).map(({ shownBy }) => shownBy.replace(".test.ts", "")),
    ["strategy", "host", "format", "cooldown", "setting", "operation", "metric"],
  );
});

for (const row of rowsOf(page)) {
  test(`of ${row.what} the table names only what is there`, () => {
    assert.deepEqual(problemsOf(row), []);
  });
}

test("a path that is not there is seen, and so are a row without a path and one without a test", () => {
  const planted = rowsOf(`## Where to go

| to add or change | go to | and touch | shown by |
|---|---|---|---|
| a roof | \`src/roof/<name>.ts\`, \`src/core\` | \`README.md\` | \`table.test.ts\` |
| a wall | that file | | \`nowhere.test.ts\` |

## The next section
`);
  assert.deepEqual(planted.map(problemsOf), [
    ['"a roof" names src/roof/<name>.ts, which is not there'],
    ['"a wall" names no path', '"a wall" names no test in test/checks/house that shows it'],
  ]);
});
