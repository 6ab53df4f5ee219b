import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load/load-config.ts";
import type { ConfigLoader } from "../../../src/control/plane/load-under-state.ts";
import { openControl } from "../../../src/control/plane/open-control.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { strategies } from "../../../src/strategies/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";

test("a start without changes of operators reads the configuration once", async () => {
  let loads = 0;
  const load: ConfigLoader = (changes) => {
    loads++;
    return loadConfig("config.yaml", {
      env: {},
      readFile: () => Promise.resolve("model_list:\n- {model_name: g, litellm_params: {model: mock/m}}\n"),
      skipInvalid: false,
      providers: providerRegistry,
      strategies,
      importStrategy: () => Promise.reject(new Error("nothing to import")),
      ...changes,
    });
  };
  const { result, base } = await openControl({ load, clock: new FakeClock(), readOnly: false, stateFile: () => undefined });
  assert.equal(result.config?.source.deployments.length, 1);
  assert.equal(base, result.config);
  assert.equal(loads, 1);
});
