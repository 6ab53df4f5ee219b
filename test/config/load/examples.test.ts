import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { configSchema } from "../../../src/config/settings/config-schema.ts";
import { loadConfig } from "../../../src/config/load/load-config.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { strategies } from "../../../src/strategies/index.ts";
import { load, loadValid } from "../support/load.ts";
import { seedPageConfigs } from "../support/seed-page.ts";

const folder = new URL("../../../examples/", import.meta.url);
const examples = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(configSchema(strategies));

/** Every variable that a text refers to without a default, set to something plausible. */
function environmentFor(text: string): Readonly<Record<string, string>> {
  const names = [...text.matchAll(/os\.environ\/(\w+)|\$\{(\w+)\}/g)].map((match) => match[1] ?? match[2] ?? "");
  return Object.fromEntries(names.map((name) => [name, name.endsWith("BASE") ? "https://example.openai.azure.com" : `value-of-${name}`]));
}

test("there are examples", () => assert.ok(examples.length >= 4));

for (const name of examples) {
  test(`examples/${name} loads with the real providers and strategies, without a warning`, async () => {
    const file = fileURLToPath(new URL(name, folder));
    const { problems, warnings, config } = await loadConfig(file, {
      env: environmentFor(readFileSync(file, "utf8")),
      readFile: (path) => readFile(path, "utf8"),
      skipInvalid: false,
      providers: providerRegistry,
      strategies,
      importStrategy: () => Promise.reject(new Error("nothing to import")),
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(warnings, []);
    assert.ok((config?.source.deployments.length ?? 0) > 0);
  });

  test(`examples/${name} fits the published schema and names it for editors`, () => {
    const text = readFileSync(new URL(name, folder), "utf8");
    assert.ok(validate(parse(text, { merge: true })), JSON.stringify(validate.errors));
    assert.match(text, /^# yaml-language-server: \$schema=\.\.\/docs\/config\.schema\.json\n/);
  });
}

test("the seed page's configurations load with the real providers and strategies", async () => {
  const [first, second] = await Promise.all(seedPageConfigs.map((text) => loadValid(text, { providers: providerRegistry })));
  assert.deepEqual(
    first?.source.deployments.map(({ provider, upstreamModel, rpm }) => [provider, upstreamModel, rpm]),
    [
      ["azure", "gpt-turbo-small-eu", 6],
      ["azure", "gpt-turbo-small-ca", 6],
      ["azure", "gpt-turbo-large", 1440],
    ],
  );
  assert.equal(second?.source.strategy.name, "least-busy");
  assert.deepEqual(second?.source.aliases, [{ alias: "gpt-4", targets: ["gpt-3.5-turbo"], hidden: false }]);
});

test("the examples in docs/configuration.md load", async () => {
  const document = await readFile(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
  const [whole = "", settings = ""] = [...document.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  const { source } = await loadValid(whole, { providers: providerRegistry, env: environmentFor(whole) });
  assert.equal(source.deployments.length, 2);
  const failover = readFileSync(new URL("failover.yaml", folder), "utf8");
  const deployments = failover.slice(0, failover.indexOf("router_settings:"));
  const { config, problems, warnings } = await load(deployments + settings, { providers: providerRegistry });
  assert.deepEqual([problems, warnings], [[], []]);
  assert.equal(config?.source.settings.queue.timeoutMs, 2_000);
});
