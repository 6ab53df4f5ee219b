import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

/** Every page for people, against the files that it names. */
const root = join(import.meta.dirname, "../..");
const pages = ["README.md", "CONTRIBUTING.md", ...globSync("docs/*.md", { cwd: root }).toSorted()];

/** What a run makes. */
const made = ["bench/results/"];

/** Where a page's paths begin: at the repository's root, or, as the architecture's do, in `src`. */
const beginnings = ["", "src"];

/** The files and folders that a text names as code, such as `src/core` and `core/call/retry.ts`; of `<name>` the folder before it. */
function pathsIn(text: string): readonly string[] {
  const named = [...text.matchAll(/`((?:src|test|scripts|docs|examples|deploy|bench|proto|[a-z-]+(?=\/[^`]*\.ts`))\/[^`\s*…]*)`/g)];
  return named.map((match) => (match[1] ?? "").replace(/<name>.*$/, ""));
}

for (const page of pages) {
  const text = readFileSync(join(root, page), "utf8");

  test(`${page} names only files and folders that are there`, () => {
    assert.deepEqual(
      pathsIn(text).filter((path) => !isThere(path)),
      [],
    );
  });

  test(`${page} has tables whose rows all have the cells of their heads`, () => {
    assert.deepEqual(oddRows(text), []);
  });

  test(`${page} links only to pages, files and headings that are there`, () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)]*)\)/g)].map((match) => match[1] ?? "");
    assert.deepEqual(
      links.filter((link) => !leadsSomewhere(page, link)),
      [],
    );
  });
}

test("docs/README.md lists every page", () => {
  const index = readFileSync(join(root, "docs/README.md"), "utf8");
  const others = globSync("*.md", { cwd: join(root, "docs") }).filter((name) => name !== "README.md");
  assert.deepEqual(
    others.filter((name) => !index.includes(`](${name})`)),
    [],
  );
});

test("a path or a heading that is not there is seen", () => {
  const text =
    "`src/core/nowhere.ts`, `core/call/nowhere.ts`, `src/nowhere/<name>.ts`, `src/core`, `core/call/retry.ts`, `bench/results/latest.json`";
  assert.deepEqual(
    pathsIn(text).filter((path) => !isThere(path)),
    ["src/core/nowhere.ts", "core/call/nowhere.ts", "src/nowhere/"],
  );
  assert.deepEqual(
    ["docs/README.md", "docs/nowhere.md", "#contributing", "#nowhere"].map((link) => leadsSomewhere("CONTRIBUTING.md", link)),
    [true, false, true, false],
  );
});

function isThere(path: string): boolean {
  return made.some((start) => path.startsWith(start)) || beginnings.some((beginning) => existsSync(join(root, beginning, path)));
}

/** @param link A path relative to the page, with or without a heading after `#`. */
function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? join(root, page) : join(root, dirname(page), path);
  if (!existsSync(target)) return false;
  return heading === undefined || headingsOf(readFileSync(target, "utf8")).includes(heading);
}

/** The anchors of a page's headings, as GitHub makes them. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The rows of tables that a reader would see broken: without a head above them, or with other cells than it. */
function oddRows(text: string): readonly string[] {
  const lines = text.replaceAll(/^```.*?^```/gms, "").split("\n");
  let cells: number | undefined;
  return lines.filter((line, index) => {
    if (!line.startsWith("|")) {
      cells = undefined;
      return false;
    }
    const found = line.replaceAll("\\|", "").split("|").length;
    if (cells === undefined && /^\|[-:|]+\|$/.test(lines[index + 1] ?? "")) cells = found;
    return found !== cells;
  });
}
