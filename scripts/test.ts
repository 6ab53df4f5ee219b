/**
 * Runs the tests, two files at a time: `npm test` all of them, `npm test -- FILE…` some.
 *
 * Node's own `--test` takes the files by their names, and a long one that comes late is waited for alone; here the long ones begin.
 */
import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** Files that take many seconds, the longest first. Whether a file stands here changes nothing but the time. */
const longest: readonly string[] = [];
const filesAtATime = 2;
const timeoutMs = 120_000;

const root = join(import.meta.dirname, "..");
// Some hundred processes load the same modules: the first one compiles them for all.
process.env["NODE_COMPILE_CACHE"] ??= join(root, "node_modules/.cache/node-compile");

const given = process.argv.slice(2);
const patterns = given.length === 0 ? ["test/**/*.test.ts"] : given;
const found = patterns.flatMap((pattern) => {
  const matches = globSync(pattern, { cwd: root }).toSorted();
  if (matches.length === 0) throw new Error(`no file is called ${pattern}`);
  return matches;
});
const first = longest.filter((file) => found.includes(file));
const files = [...first, ...found.filter((file) => !first.includes(file))];

const tests = run({ files: files.map((file) => resolve(root, file)), concurrency: filesAtATime, timeout: timeoutMs, cwd: root });
tests.on("test:summary", ({ success }) => {
  if (!success) process.exitCode = 1;
});
tests.compose(spec).pipe(process.stdout);
