import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import type * as ConfigSchema from "../../../src/config/settings/config-schema.ts";
import type * as Strategies from "../../../src/strategies/index.ts";
import { load, told } from "../../config/support/load.ts";
import { importsOf, sourcesOfHouse } from "./support/source-tree.ts";

/**
 * A strategy is one file and its line in the list. In a copy of the sources both are added, and nothing else is touched. Then configuration
 * takes its name, messages and the published schema list it, and the contract suite runs over it.
 */
const root = join(import.meta.dirname, "../../..");
const listFile = "src/strategies/index.ts";

const added = `import type { StrategyPlugin } from "../core/strategy.ts";

export const evenDraw: StrategyPlugin<undefined> = {
  name: "even-draw",
  parseConfig: () => undefined,
  create: (_config, { random }) => ({ pick: (candidates) => candidates.sample(random) }),
};
`;

const copy = mkdtempSync(join(tmpdir(), "huntgroup-strategy-"));
after(() => rmSync(copy, { recursive: true }));
for (const name of ["src", "gen", "examples", "test/strategies", "test/support", "package.json", "tsconfig.json"]) {
  cpSync(join(root, name), join(copy, name), { recursive: true });
}
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
writeFileSync(join(copy, "src/strategies/even-draw.ts"), added);
const list = readFileSync(join(root, listFile), "utf8");
writeFileSync(
  join(copy, listFile),
  `import { evenDraw } from "./even-draw.ts";\n${list.replace("StrategyPlugin[] = [\n", (line) => `${line}  evenDraw,\n`)}`,
);

const at = (path: string): string => pathToFileURL(join(copy, path)).href;
const { strategies } = (await import(at(listFile))) as typeof Strategies;
const { configSchema } = (await import(at("src/config/settings/config-schema.ts"))) as typeof ConfigSchema;

function loadWith(strategy: string) {
  return load(`model_list: []\nrouter_settings:\n  routing_strategy: ${strategy}\n`, { strategies });
}

test("a strategy of the list can be configured by its name", async () => {
  const { config, problems } = await loadWith("even-draw");
  assert.deepEqual(problems, []);
  assert.equal(config?.source.strategy.name, "even-draw");
});

test("a strategy of the list is named where another one is not known, and in the published schema", async () => {
  assert.match(told((await loadWith("odd-draw")).problems).join(), /allowed are even-draw, simple-shuffle/);
  assert.ok(JSON.stringify(configSchema(strategies)).includes('"even-draw"'));
});

test("a strategy of the list is under contract", () => {
  const pattern = "even-draw (picks one of the candidates|picks the same under the same seed)";
  const suite = join(copy, "test/strategies/contract.test.ts");
  const { stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=tap", `--test-name-pattern=${pattern}`, suite], {
    encoding: "utf8",
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  assert.match(stdout, /^# pass 2$/m);
  assert.match(stdout, /^# fail 0$/m);
});

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

test("only the list imports a strategy's file", () => {
  const ofAll = new Set(["src/strategies/index.ts", "src/strategies/custom-strategy.ts"]);
  const naming = sourcesOfHouse().flatMap((file) =>
    importsOf(file)
      .filter((path) => path.startsWith("src/strategies/") && !ofAll.has(path))
      // A strategy of several files has a folder of its own.
      .filter((path) => folderOf(path) === "src/strategies" || folderOf(path) !== folderOf(file.path))
      .map(() => file.path),
  );
  assert.deepEqual([...new Set(naming)], [listFile]);
});
