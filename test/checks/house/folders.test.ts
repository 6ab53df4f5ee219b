import assert from "node:assert/strict";
import { test } from "node:test";
import { fenceOf, foldersOf, house, verdict } from "../../../scripts/floors.ts";
import { exceptions } from "../../../scripts/limits.ts";
import {
  crowdedFolders,
  crumbs,
  foldersBesideTheTree,
  foldersInCircles,
  longFiles,
  manyImports,
  sharedNames,
  staleExceptions,
  wrongFloors,
} from "./support/guards.ts";
import { importsOf, madeUp, sourcesOfConsole, sourcesOfHouse } from "./support/source-tree.ts";

/**
 * The house by its own import graph, without the linter: first `src` as it is, then a planted violation for each guard, in made-up files.
 */
const files = sourcesOfHouse();

/** Names that two files export, each with its reason. */
const sharedNamesAllowed: Readonly<Record<string, string>> = {};

/** The files under 20 lines with one importer that stay files of their own, each with its reason. */
const listed = "the same file stands in every sibling folder, and one list names them";
const operation = "a file for each method of AdminService, named after it";
const crumbsAllowed: Readonly<Record<string, string>> = {
  ...named(listed, [
    "src/mock/index.ts",
    "src/providers/anthropic/index.ts",
    "src/providers/gemini/index.ts",
    "src/providers/openai/index.ts",
  ]),
  "src/formats/index.ts": "the list of the formats that callers may speak",
  "src/control/changes/index.ts": "the list of the operations",
  "src/lib/json/lossless-json.ts": "a parser with a test of its own",
  ...named(
    operation,
    ["add-deployment", "update-deployment"].map((name) => `src/control/changes/${name}.ts`),
  ),
  ...named(
    operation,
    [
      "add-deployment",
      "create-key",
      "get-config",
      "get-deployment",
      "list-changes",
      "list-keys",
      "remove-deployment",
      "reset-cooldown",
      "revoke-key",
      "rotate-key",
      "set-alias",
      "set-deployment-state",
      "set-routing-strategy",
      "set-weights",
      "update-deployment",
    ].map((name) => `src/rpc/admin/${name}.ts`),
  ),
};

/** Files with more than 25 import statements, each with its reason. */
const manyImportsAllowed: Readonly<Record<string, string>> = Object.fromEntries(
  exceptions.filter(({ rule }) => rule === "import/max-dependencies").map(({ file, why }) => [file, why]),
);

test("every folder of src has its floor, and every floor its folder", () => {
  assert.deepEqual(foldersBesideTheTree(files, house), []);
});

test("every import of src goes to its own folder or to a lower floor", () => {
  assert.deepEqual(wrongFloors(files, house), []);
});

test("no folders of src import each other in a circle", () => {
  assert.deepEqual(foldersInCircles(files), []);
});

test("no folders of the console import each other in a circle", () => {
  const sources = sourcesOfConsole();
  assert.ok(sources.some(({ path }) => path.startsWith("console/src/views/")));
  assert.deepEqual(foldersInCircles(sources), []);
});

test("no folder of src has more than 25 files", () => {
  assert.deepEqual(crowdedFolders(files), []);
});

test("no file of src has more than 400 lines without saying why in its first comment", () => {
  assert.deepEqual(longFiles(files), []);
});

test("no file of src has more than 25 import statements", () => {
  assert.deepEqual(manyImports(files, manyImportsAllowed), []);
});

test("no two files of src export the same name", () => {
  assert.deepEqual(sharedNames(files, sharedNamesAllowed), []);
});

test("no file of src has under 20 lines and a single importer", () => {
  assert.deepEqual(crumbs(files, crumbsAllowed), []);
});

test("every exception to these is still one", () => {
  assert.deepEqual(staleExceptions(sharedNamesAllowed, sharedNames(files, {})), []);
  assert.deepEqual(staleExceptions(crumbsAllowed, crumbs(files, {})), []);
  assert.deepEqual(staleExceptions(manyImportsAllowed, manyImports(files, {})), []);
});

/** The made-up house of the planted violations: two levels, the upper one with two folders on one floor. */
const small = { src: ["low", "high"], "src/high": [["left", "right"], "."] };

test("a folder that the tree does not have is seen, and so is one that only the tree has", () => {
  const planted = madeUp({ "src/low/a.ts": "", "src/high/a.ts": "", "src/high/left/a.ts": "", "src/high/cellar/a.ts": "" });
  assert.deepEqual(foldersBesideTheTree(planted, small), [
    "src/high/cellar is not in the tree of scripts/floors.ts",
    "src/high/right is in the tree of scripts/floors.ts, but has no files",
  ]);
});

for (const [what, code] of Object.entries({
  "of a value": 'import { b } from "PATH";',
  "over several lines": 'import {\n  b,\n  c,\n} from "PATH";',
  "of a type": 'import type { B } from "PATH";',
  "for its side effect": 'import "PATH";',
  "that is passed on": 'export { b } from "PATH";',
  "of which all is passed on": 'export * from "PATH";',
  "of a type that is passed on": 'export type { B } from "PATH";',
  "at run time": 'const b = await import("PATH");',
  "within a type": 'export type B = import("PATH").B;',
})) {
  test(`an import ${what} is seen that goes up, sideways, or to a folder without a floor`, () => {
    const planted = madeUp({
      "src/low/up.ts": code.replace("PATH", "../high/left/b.ts"),
      "src/high/left/sideways.ts": code.replace("PATH", "../right/b.ts"),
      "src/high/nowhere.ts": code.replace("PATH", "./cellar/b.ts"),
      "src/high/right/down.ts": code.replace("PATH", "../../low/b.ts"),
    });
    assert.deepEqual(wrongFloors(planted, small), [
      "src/low/up.ts imports src/high/left/b.ts: up",
      "src/high/left/sideways.ts imports src/high/right/b.ts: sideways",
      "src/high/nowhere.ts imports src/high/cellar/b.ts: unknown",
    ]);
  });
}

test("what comments say is no import", () => {
  const text = '/**\n * import { b } from "./b.ts";\n */\n// import("./c.ts")\nimport { d } from "./d.ts"; // from "./e.ts"\n';
  assert.deepEqual(importsOf({ path: "src/low/a.ts", text }), ["src/low/d.ts"]);
});

test("a circle of two folders is seen, and one of three, that of a folder with its parent included", () => {
  const planted = madeUp({
    "src/one/a.ts": 'import type { B } from "../two/b.ts";',
    "src/two/b.ts": "",
    "src/two/c.ts": 'import "../one/d.ts";',
    "src/three/a.ts": 'import "./four/a.ts";',
    "src/three/four/a.ts": 'import "../../five/a.ts";',
    "src/five/a.ts": 'import "../three/b.ts";',
    "src/six/a.ts": 'import "../one/a.ts";\nimport "../three/a.ts";',
  });
  assert.deepEqual(foldersInCircles(planted), [
    "import each other in a circle: src/one, src/two",
    "import each other in a circle: src/five, src/three, src/three/four",
  ]);
});

test("a folder of 26 files is seen, and one of 25 is not", () => {
  const names = Array.from({ length: 26 }, (_, index) => `a${index}.ts`);
  const planted = madeUp({
    ...Object.fromEntries(names.map((name) => [`src/full/${name}`, ""])),
    ...Object.fromEntries(names.slice(1).map((name) => [`src/well/${name}`, ""])),
  });
  assert.deepEqual(crowdedFolders(planted), ["src/full has 26 files, more than 25"]);
});

test("a file of 401 lines is seen, unless its first comment says why", () => {
  const lines = "const a = 1;\n".repeat(400);
  const planted = madeUp({
    "src/long.ts": `${lines}// Longer than 400 lines because of this.\n`,
    "src/fits.ts": lines,
    "src/says-why.ts": `/**\n * All of it. Longer than 400\n * lines because it is one algorithm.\n */\n${lines}`,
    "src/too-late.ts": `/** The first. */\n${lines}/** Longer than 400 lines because it is. */\n`,
  });
  assert.deepEqual(
    longFiles(planted).map((sentence) => sentence.split(" has ")[0]),
    ["src/long.ts", "src/too-late.ts"],
  );
});

test("a file of 26 import statements is seen, packages and side effects included", () => {
  const imports = Array.from({ length: 24 }, (_, index) => `import { a${index} } from "a${index}";\n`).join("");
  const planted = madeUp({
    "src/many.ts": `${imports}import type { B } from "./b.ts";\nimport "node:c";\n`,
    "src/fits.ts": `${imports}import "node:c";\n`,
  });
  assert.deepEqual(manyImports(planted, {}), ["src/many.ts has 26 import statements, more than 25"]);
});

test("a name that two files export is seen, but not one that a file passes on", () => {
  const planted = madeUp({
    "src/a.ts": "export interface Page {}\nexport const b = 1;\nexport async function c(): Promise<void> {}\n",
    "src/b.ts": 'export type Page = string;\nexport { b } from "./a.ts";\nconst d = 1;\nexport { d as c };\n',
  });
  assert.deepEqual(sharedNames(planted, { c: "agreed" }), ["Page is exported by src/a.ts and src/b.ts"]);
});

test("a file of 19 lines with a single importer is seen", () => {
  const planted = madeUp({
    "src/crumb.ts": "// A line.\n".repeat(19),
    "src/agreed.ts": "",
    "src/fits.ts": "// A line.\n".repeat(20),
    "src/shared.ts": "",
    "src/a.ts": 'import "./crumb.ts";\nimport "./agreed.ts";\nimport "./fits.ts";\nimport "./shared.ts";\n',
    "src/b.ts": 'import "./shared.ts";\n',
  });
  assert.deepEqual(crumbs(planted, { "src/agreed.ts": "agreed" }), ["src/crumb.ts has 19 lines and is imported by src/a.ts alone"]);
});

test("an exception that is none any more is seen", () => {
  assert.deepEqual(staleExceptions({ "src/a.ts": "", "src/b.ts": "" }, ["src/a.ts has 1 line"]), [
    "src/b.ts is listed as an exception and needs to be none",
  ]);
});

test("the linter's fence around each folder keeps out what the guard keeps out", () => {
  const folders = foldersOf(house);
  for (const from of folders) {
    const fence = fenceOf(house, from);
    const regex = fence === undefined ? undefined : new RegExp(fence.regex);
    for (const to of folders) {
      const isShut = regex?.test(`${relativePath(from, to)}/a.ts`) ?? false;
      assert.equal(isShut, verdict(house, from, to) !== "allowed", `${from} importing ${to}`);
    }
  }
});

/** As an import writes it. */
function relativePath(from: string, to: string): string {
  const [ours, theirs] = [from.split("/"), to.split("/")];
  let shared = 0;
  while (shared < ours.length && ours[shared] === theirs[shared]) shared++;
  const up = ours.length === shared ? "." : Array.from({ length: ours.length - shared }, () => "..").join("/");
  return [up, ...theirs.slice(shared)].join("/");
}

function named(reason: string, paths: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(paths.map((path) => [path, reason]));
}
