import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load/load-config.ts";
import { providerPlugins, providerRegistry } from "../../src/providers/index.ts";
import { strategies } from "../../src/strategies/index.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/providers.md"), "utf8");

/** What is wrong with a deployment of this model and these settings. */
async function problemsOf(model: string, mock: string): Promise<readonly string[]> {
  const text = `model_list:\n  - model_name: m\n    litellm_params: { model: ${model}, mock: ${mock} }\n`;
  const { problems, warnings } = await loadConfig("config.yaml", {
    env: {},
    readFile: () => Promise.resolve(text),
    skipInvalid: false,
    providers: providerRegistry,
    strategies,
    importStrategy: () => Promise.reject(new Error("none here")),
  });
  return [...problems, ...warnings].map(({ message }) => message);
}

test("every prefix that a provider answers to is in the table", () => {
  const missing = providerPlugins.flatMap(({ prefixes }) => [...prefixes]).filter((prefix) => !page.includes(`\`${prefix}/`));
  assert.deepEqual(missing, []);
});

test("the settings of mock that the page names are those that there are", async () => {
  const section = page.slice(page.indexOf("## The built-in provider"));
  const named = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names = ""]) => names.match(/\w+/g) ?? []);
  const source = readFileSync(join(root, "src/mock/connect.ts"), "utf8");
  assert.deepEqual(named.toSorted(), [...source.matchAll(/\{ key: "(\w+)", min/g)].map(([, key = ""]) => key).toSorted());
  for (const name of named) assert.deepEqual(await problemsOf("mock/a", `{ ${name}: 1 }`), [], name);
  assert.notDeepEqual(await problemsOf("mock/a", "{ no_such_setting: 1 }"), []);
});
