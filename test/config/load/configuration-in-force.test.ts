import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { test } from "node:test";
import { ConfigurationInForce } from "../../../src/config/load/configuration-in-force.ts";

import { loadConfig, type LoadedConfig } from "../../../src/config/load/load-config.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { strategies } from "../../../src/strategies/index.ts";

async function configOf(group: string): Promise<LoadedConfig> {
  const { config } = await loadConfig("config.yaml", {
    env: {},
    readFile: () => Promise.resolve(`model_list: [{model_name: ${group}, litellm_params: {model: mock/m}}]`),
    skipInvalid: false,
    providers: providerRegistry,
    strategies,
    importStrategy: () => Promise.reject(new Error("nothing to import")),
  });
  assert.ok(config);
  return config;
}

test("followers prepare one after the other, and adopt in one step, in the order in which they began to follow", async () => {
  const [first, second] = [await configOf("one"), await configOf("two")];
  const inForce = new ConfigurationInForce(first);
  const heard: string[] = [];
  inForce.follow({
    async prepare() {
      await nextTurn();
      heard.push("a is ready");
    },
    adopt: () => heard.push("a"),
  });
  inForce.follow({ prepare: () => void heard.push("b is ready") });
  inForce.follow({ adopt: () => heard.push("c") });
  await inForce.prepare(second);
  assert.deepEqual(heard, ["a is ready", "b is ready"]);
  assert.equal(inForce.config, first);
  inForce.put({ config: second });
  assert.deepEqual(heard.slice(2), ["a", "c"]);
  assert.equal(inForce.config, second);
});

test("a follower is told what has changed, and all that is in force with it", async () => {
  const config = await configOf("one");
  const inForce = new ConfigurationInForce(config);
  const weights = new Map([["a", 2]]);
  const states = new Map([["a", "draining"] as const]);
  inForce.put({ weights, states });
  const told: unknown[] = [];
  inForce.follow({ adopt: (change, now) => told.push([change, now]) });
  inForce.put({ keys: [] });
  assert.deepEqual(told, [[{ keys: [] }, { config, weights, states, keys: [] }]]);
});
