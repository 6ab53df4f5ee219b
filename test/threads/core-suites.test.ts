import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

/** What is promised of one router's limits, cooldowns, retries and waits, for several that share one ledger. */
const suites = [
  "call/cooldown-policy",
  "call/fallbacks",
  "call/hedging",
  "keys/key-limits",
  "queue/wait-queue",
  "call/recovery",
  "call/retry-policy",
  "router/router",
  "router/apply",
];

for (const threads of [2, 4]) {
  test(`the core's suites hold for ${threads} routers over one ledger`, async () => {
    const files = suites.map((suite) => join(import.meta.dirname, `../core/${suite}.test.ts`));
    // A runner of its own, which does not report to this one.
    const own = Object.entries(process.env).filter(([name]) => name !== "NODE_TEST_CONTEXT");
    const env = { ...Object.fromEntries(own), HUNTGROUP_TEST_THREADS: String(threads) };
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, ["--test", "--test-reporter=spec", ...files], { env }, (_error, out) => resolve(out));
    });
    assert.match(output, /^ℹ fail 0$/m, output);
    assert.ok(Number(/^ℹ pass (\d+)$/m.exec(output)?.[1]) > 100, output);
  });
}
