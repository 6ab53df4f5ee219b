import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");

/** Files whose hooks change nothing that the tests of other files see, or that have a process to themselves. */
const exceptions: readonly string[] = [
  "test/core/state/released-locks.test.ts",
  "test/e2e/opentelemetry.test.ts",
  "test/formats/contract.test.ts",
];

test("no file of tests has hooks for each test outside of its suites: they would run for the files that share its process", () => {
  const found = globSync("test/**/*.test.ts", { cwd: root })
    .filter((file) => /^(?:before|after)Each\(/m.test(readFileSync(join(root, file), "utf8")))
    .toSorted();
  assert.deepEqual(found, exceptions);
});
