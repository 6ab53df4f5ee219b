import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createProgramLoader } from "../../../src/app/load.ts";
import { startSimulators } from "../../../src/app/simulators.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { CliWorld } from "../../support/cli-world.ts";

const config = fileURLToPath(new URL("../../../examples/simulate.yaml", import.meta.url));
const scenario = fileURLToPath(new URL("../../../examples/scenarios/replicas.yaml", import.meta.url));
const short = "duration: 20\nseeds: 2\ncallers: [{ per_second: 2 }]\ntimeline: [{ at: 5, for: 5, deployment: old, slow: 0.5 }]\n";

async function world(files: Readonly<Record<string, string>> = {}): Promise<CliWorld> {
  const made = new CliWorld();
  made.loadConfig = createProgramLoader(systemClock);
  made.files = { "short.yaml": short, [scenario]: await readFile(scenario, "utf8"), ...files };
  return made;
}

describe("huntgroup simulate", () => {
  it("runs the example, and tells how each strategy did", async () => {
    const cli = await world();
    const words = ["simulate", "--config", config, "--scenario", scenario, "--seeds", "1", "--strategy", "configured,oracle"];
    assert.equal(await cli.runWords(words), 0, cli.err);
    assert.match(cli.out, /least-busy \(configured\) .*\n/);
    for (const title of ["goodput, %", "TTFT p99, ms", "Jain's index", "regret to oracle", "share by deployment"])
      assert.ok(cli.out.includes(title), title);
    assert.equal(cli.err, "");
  });

  it("writes JSON and a page, the same each time, with every strategy by default", async () => {
    const words = ["simulate", "--config", config, "--scenario", "short.yaml", "--json", "--html", "out.html"];
    const [one, same] = [await world(), await world()];
    assert.equal(await one.runWords(words), 0, one.err);
    assert.equal(await same.runWords([...words, "--jobs", "1"]), 0);
    assert.deepEqual([one.out, one.written], [same.out, same.written]);
    const json = JSON.parse(one.out) as {
      strategies: { strategy: string; goodput: { mean: number }; runs: unknown[] }[];
    };
    assert.ok(json.strategies.length >= 8);
    assert.ok(json.strategies.every(({ goodput, runs }) => goodput.mean > 50 && runs.length === 2));
    const html = one.written["out.html"] ?? "";
    assert.match(html, /<svg [\s\S]*class="fault"[\s\S]*prefers-color-scheme|prefers-color-scheme[\s\S]*<svg [\s\S]*class="fault"/);
    assert.doesNotMatch(html, /<script|https?:|src=/);
    assert.doesNotMatch(html, /NaN|undefined/);
  });

  it("comes to the same on several threads", async () => {
    const words = ["simulate", "--config", config, "--strategy", "configured,p2c", "--scenario", "short.yaml", "--seeds", "2", "--json"];
    const start = { configFile: config, skipInvalid: undefined, texts: new Map([[config, await readFile(config, "utf8")]]) };
    const simulators = startSimulators(2, { ...start, scenario: { file: "short.yaml", text: short } });
    const threaded = await Promise.all([1, 2].map((seed) => simulators.run({ strategy: "p2c", seed }, () => {})));
    simulators.stop();
    const cli = await world();
    assert.equal(await cli.runWords(words), 0, cli.err);
    const json = JSON.parse(cli.out) as { strategies: { runs: { seed: number; goodput: number; calls: number }[] }[] };
    assert.deepEqual(
      json.strategies[1]?.runs.map(({ seed, goodput, calls }) => [seed, goodput, calls]),
      threaded.map(({ seed, summary }) => [seed, Number(summary.goodput.toFixed(6)), summary.calls]),
    );
  });

  it("without a scenario says what it takes deployments and callers for", async () => {
    const cli = await world({});
    assert.equal(await cli.runWords(["simulate", "--config", config, "--seeds", "1", "--strategy", "p2c"]), 0, cli.err);
    assert.match(cli.err, /^note: no --scenario: each deployment is taken for a provider/);
  });

  const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["no configuration", ["simulate"], /--config <FILE>' not specified/],
    [
      "a strategy that is not there",
      ["simulate", "-c", config, "--strategy", "least-bussy"],
      /no strategy "least-bussy" \(did you mean least-busy\?\)/,
    ],
    ["a scenario that is not there", ["simulate", "-c", config, "--scenario", "none.yaml"], /none.yaml cannot be read \(ENOENT\)/],
    [
      "a scenario with a problem",
      ["simulate", "-c", config, "--scenario", "bad.yaml"],
      /bad.yaml:1:1 sedes: .*did you mean seeds[\s\S]*1 problem; nothing was simulated/,
    ],
    ["a configuration that is not there", ["simulate", "-c", "none.yaml"], /nothing was started/],
  ];
  for (const [what, words, expected] of refused) {
    it(`refuses ${what}, with exit code 2`, async () => {
      const cli = await world({ "bad.yaml": "sedes: 3\n" });
      assert.equal(await cli.runWords(words), 2);
      assert.match(cli.err, expected);
      assert.equal(cli.out, "");
    });
  }
});
