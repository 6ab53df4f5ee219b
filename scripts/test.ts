/**
 * Runs the tests: `npm test` all of them, `npm test -- FILE…` some, each file in a process of its own.
 *
 * Node's `--test` gives every file a process and runs them in the order of their names. For the whole suite that is slow in two ways: most
 * files take less time than a process needs to start and to compile what they test, and a long file that begins late runs alone at the end.
 */
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { pathToFileURL } from "node:url";

/** Files that take long, or that need a process to themselves; the longest first. */
const alone = [
  "test/e2e/console.test.ts",
  "test/e2e/roll.test.ts",
  "test/control/plane/kill.test.ts",
  "test/cli/main.test.ts",
  "test/e2e/ten-thousand.test.ts",
  "test/e2e/fault-matrix.test.ts",
  "test/bench/run.test.ts",
  "test/package/package.test.ts",
  "test/docs/readme.test.ts",
  "test/e2e/cli.test.ts",
  "test/cli/log.test.ts",
  "test/e2e/drain.test.ts",
  "test/core/router/simulation.test.ts",
  // OpenTelemetry exists once in a process.
  "test/e2e/opentelemetry.test.ts",
  // Measures what its process uses.
  "test/bench/cpu-time.test.ts",
];

/** Folders whose other files share processes, each dealt out to as many. A file in none of them runs alone. */
const together = {
  doors: { folders: ["e2e", "docs", "deploy"], processes: 3 },
  edges: {
    folders: ["auth", "bench", "cli", "console", "control", "inbound", "mock", "rest", "rpc", "server", "telemetry", "upstream"],
    processes: 1,
  },
  inside: { folders: ["config", "core", "formats", "lib", "providers", "strategies"], processes: 1 },
};

/** Two more than can run at once, because each waits now and then. */
const processesAtATime = availableParallelism() + 2;
/** For a test and for a process. Only one that hangs takes as long. */
const timeoutMs = 300_000;

const root = join(import.meta.dirname, "..");
// About a hundred processes, most of them started by tests, load the same modules. The first one compiles them for all.
process.env["NODE_COMPILE_CACHE"] ??= join(root, "node_modules/.cache/node-compile");

const groupsFolder = mkdtempSync(join(tmpdir(), "huntgroup-tests-"));
process.on("exit", () => rmSync(groupsFolder, { recursive: true }));

const given = process.argv.slice(2);
const tests = run({
  files: given.length === 0 ? everything() : given.flatMap(filesNamed),
  concurrency: processesAtATime,
  timeout: timeoutMs,
  cwd: root,
});
tests.on("test:summary", ({ success }) => {
  if (!success) process.exitCode = 1;
});
tests.compose(spec).pipe(process.stdout);

function filesNamed(pattern: string): readonly string[] {
  const files = globSync(pattern, { cwd: root }).toSorted();
  if (files.length === 0) throw new Error(`no file is called ${pattern}`);
  return files.map((file) => resolve(root, file));
}

function everything(): readonly string[] {
  const first = alone.flatMap(filesNamed);
  const rest = new Set(filesNamed("test/**/*.test.ts").filter((file) => !first.includes(file)));
  const groups = Object.entries(together).flatMap(([name, { folders, processes }]) => {
    const files = filesNamed(`test/{${folders.join(",")}}/**/*.test.ts`).filter((file) => rest.delete(file));
    const dealt = Array.from({ length: processes }, (_, hand) => files.filter((_file, index) => index % processes === hand));
    return dealt.map((hand, index) => groupOf(`${name}-${index + 1}`, hand));
  });
  return [...groups, ...first, ...rest];
}

/** Writes a file that runs others. */
function groupOf(name: string, files: readonly string[]): string {
  const path = join(groupsFolder, `${name}.mjs`);
  writeFileSync(path, files.map((file) => `import ${JSON.stringify(pathToFileURL(file))};\n`).join(""));
  return path;
}
