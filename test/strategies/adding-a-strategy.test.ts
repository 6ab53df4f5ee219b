import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import exampleStrategy from "../../examples/my-strategy.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { StrategyPlugin } from "../../src/core/strategy.ts";
import { parseCustomStrategy } from "../../src/strategies/custom-strategy.ts";
import { strategyNames } from "../../src/strategies/index.ts";
import { countConcurrentPicks, countPicks } from "../support/count-picks.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { FakeCandidates, fakeContext, fakeDeployment, fakeDeployments } from "../support/fake-candidates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeConfigReader } from "../support/fake-config-reader.ts";

const page = await readFile(new URL("../../docs/adding-a-strategy.md", import.meta.url), "utf8");

/** The page's only code block in this language. */
function codeBlock(language: string): string {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))];
  assert.equal(blocks.length, 1, `${blocks.length} blocks of ${language}`);
  return blocks[0]![1]!;
}

/** Code as a user has it: a file of its own, with nothing installed beside it. */
async function loadCode(t: TestContext, code: string): Promise<StrategyPlugin> {
  const folder = await mkdtemp(join(tmpdir(), "huntgroup-strategy-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "my-strategy.ts");
  await writeFile(file, code);
  const module: { default?: unknown } = await import(pathToFileURL(file).href);
  const plugin = parseCustomStrategy(module.default, strategyNames());
  assert.ok(plugin.ok);
  return plugin.value;
}

async function loadPage(t: TestContext): Promise<StrategyPlugin> {
  return loadCode(t, codeBlock("ts"));
}

test("the page's code is the example file", async () => {
  assert.equal(codeBlock("ts"), await readFile(new URL("../../examples/my-strategy.ts", import.meta.url), "utf8"));
});

test("the page's code runs without anything installed, and prefers the fewest outstanding tokens for its weight", async (t) => {
  const deployments = fakeDeployments([
    { weight: 1, outstandingTokens: 300 },
    { weight: 10, outstandingTokens: 2000 },
  ]);
  assert.deepEqual(countPicks(createStrategy(await loadPage(t)), deployments, 50), [0, 50]);
});

test("the contract's own example runs, and prefers the most room below the limit, by chance among equals", async (t) => {
  const contract = await readFile(new URL("../../src/core/strategy.ts", import.meta.url), "utf8");
  const [, example = ""] = /@example\n(.*?) \*\//s.exec(contract) ?? [];
  const strategy = createStrategy(await loadCode(t, example.replaceAll(/^ \* ?/gm, "")));
  const given = [{ rpmLimit: 10, usedRpm: 9 }, { rpmLimit: 10, usedRpm: 5 }, { rpmLimit: 6 }, { rpmLimit: 6 }];
  const [first, second, ...equal] = countPicks(strategy, fakeDeployments(given), 200);
  assert.deepEqual([first, second], [0, 0]);
  assert.ok(Math.min(...equal) > 60, equal.join(", "));
});

test("the page's configuration names the file and sets exactly what the code reads", async (t) => {
  const settings: unknown = parse(codeBlock("yaml"));
  assert.deepEqual(settings, {
    router_settings: { routing_strategy: "./my-strategy.ts", routing_strategy_args: { avoid: 10 } },
  });
  const reader = new FakeConfigReader({ avoid: 10 });
  (await loadPage(t)).parseConfig(reader);
  assert.deepEqual(reader.asked, ["avoid"]);
});

test("the example avoids a deployment that failed, for as long as configured, while there are others", () => {
  const clock = new FakeClock();
  const strategy = createStrategy(exampleStrategy, { clock, args: { avoid: 10 } });
  const deployments = fakeDeployments([{}, { outstandingTokens: 500 }]);
  const failed = strategy.pick(new FakeCandidates(deployments), fakeContext({ now: clock.now() }));
  assert.equal(failed, deployments[0]);
  strategy.onOutcome?.(
    failed,
    { kind: "failure", error: new RouterError("upstream_error", "broken"), totalMs: 20, begun: false },
    clock.now(),
  );

  clock.advance(9999);
  assert.deepEqual(countPicks(strategy, deployments, 20, fakeContext({ now: clock.now() })), [0, 20]);
  assert.equal(strategy.pick(new FakeCandidates([deployments[0]!]), fakeContext({ now: clock.now() })), failed);
  clock.advance(1);
  assert.deepEqual(countPicks(strategy, deployments, 20, fakeContext({ now: clock.now() })), [20, 0]);
});

test("the example spreads over avoided deployments when all of them are avoided", () => {
  const strategy = createStrategy(exampleStrategy);
  const deployments = fakeDeployments([{}, {}]);
  const error = new RouterError("upstream_error", "broken");
  for (const deployment of deployments) strategy.onOutcome?.(deployment, { kind: "failure", error, totalMs: 20, begun: false }, 0);
  const counts = countConcurrentPicks(strategy, deployments, 200);
  assert.ok(Math.min(...counts) > 60, counts.join(", "));
});

test("the page explains every field of a deployment and of a pick's context", () => {
  for (const field of [...Object.keys(fakeDeployment(0)), ...Object.keys(fakeContext())]) {
    assert.ok(page.includes(`\`${field}\``), `${field} is not explained`);
  }
});
