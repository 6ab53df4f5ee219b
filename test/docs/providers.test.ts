import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load/load-config.ts";
import { providerPlugins, providerRegistry } from "../../src/providers/index.ts";
import { strategies } from "../../src/strategies/index.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/providers.md"), "utf8");

/** What each file holds that an example names. */
const login = JSON.stringify({ type: "authorized_user", client_id: "id", client_secret: "secret", refresh_token: "token" });

/** What is wrong with a deployment of this model and these settings. */
function problemsOf(model: string, mock: string): Promise<readonly string[]> {
  return problemsIn(`model_list:\n  - model_name: m\n    litellm_params: { model: ${model}, mock: ${mock} }\n`);
}

async function problemsIn(text: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { problems, warnings } = await loadConfig("config.yaml", {
    env,
    readFile: (path) => Promise.resolve(path.endsWith("config.yaml") ? text : login),
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

const examples = [...page.matchAll(/```yaml\n(model_list:[\s\S]*?)```/g)].map(([, text = ""]) => text);

for (const text of examples) {
  const models = [...text.matchAll(/ model: (.*)/g)].map(([, model = ""]) => model);
  test(`the example of ${models.join(" and ")} has nothing wrong`, async () => {
    const variables = [...text.matchAll(/os\.environ\/(\w+)/g)].map(([, name = ""]) => name);
    assert.deepEqual(await problemsIn(text, Object.fromEntries(variables.map((name) => [name, `value-of-${name}`]))), []);
  });
}

test("each provider with an API of its own has an example", () => {
  const named = examples.join("");
  for (const prefix of ["anthropic", "azure_ai", "bedrock", "gemini", "vertex_ai"]) assert.match(named, new RegExp(`model: ${prefix}/`));
});

test("the settings of mock that the page names are those that there are", async () => {
  const section = page.slice(page.indexOf("## The built-in provider"));
  const named = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names = ""]) => names.match(/\w+/g) ?? []);
  const source = readFileSync(join(root, "src/mock/connect.ts"), "utf8");
  const numbers = [...source.matchAll(/\{ key: "(\w+)", min/g)].map(([, key = ""]) => key);
  assert.deepEqual(named.toSorted(), [...numbers, "replica"].toSorted());
  for (const name of numbers) assert.deepEqual(await problemsOf("mock/a", `{ ${name}: 1 }`), [], name);
  assert.deepEqual(await problemsOf("mock/a", "{ replica: { max_batch: 8 } }"), []);
  assert.notDeepEqual(await problemsOf("mock/a", "{ no_such_setting: 1 }"), []);
});
