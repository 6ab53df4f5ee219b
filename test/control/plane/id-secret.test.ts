import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load/load-config.ts";
import type { ConfigLoader } from "../../../src/control/plane/load-under-state.ts";
import { openControl } from "../../../src/control/plane/open-control.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { strategies } from "../../../src/strategies/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { inFolder } from "../support/control-fixture.ts";

function open(general: string, stateFile: string | undefined, readOnly = false) {
  const load: ConfigLoader = (changes) =>
    loadConfig("config.yaml", {
      env: {},
      readFile: () => Promise.resolve(`general_settings: ${general}\nmodel_list:\n- {model_name: g, litellm_params: {model: mock/m}}\n`),
      skipInvalid: false,
      providers: providerRegistry,
      strategies,
      importStrategy: () => Promise.reject(new Error("nothing to import")),
      ...changes,
    });
  return openControl({ load, clock: new FakeClock(), readOnly, stateFile: () => stateFile });
}

test("a server without a secret for ids and without a master key makes one, and has it again after a restart", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "s.json");
    const first = await open("{}", path);
    const second = await open("{}", path);
    assert.ok(first.idSecret.length >= 32);
    assert.equal(second.idSecret, first.idSecret);
    assert.equal(second.state.revision, 0);
  });
});

test("a server that keeps no state has another secret for ids each time", async () => {
  assert.notEqual((await open("{}", undefined)).idSecret, (await open("{}", undefined)).idSecret);
});

for (const general of ["{master_key: sk-1234567890}", "{id_secret: 0123456789abcdef}"]) {
  test(`no state file is made for the ids of a server with ${general}`, async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "s.json");
      await open(general, path);
      assert.equal(existsSync(path), false);
    });
  });
}

test("looking at a configuration writes no state file", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "s.json");
    await open("{}", path, true);
    assert.equal(existsSync(path), false);
  });
});

for (const [secret, message] of [
  ["too-short", "must have at least 16 characters"],
  ["your-secret-here", undefined],
] as const) {
  test(`an id_secret "${secret}" is ${message ?? "taken"}`, async () => {
    const { result } = await open(`{id_secret: ${secret}}`, undefined);
    assert.deepEqual(
      result.problems.map((problem) => problem.message),
      message === undefined ? [] : [message],
    );
    assert.equal(
      result.problems.every(({ sourceLine }) => !sourceLine.includes(secret)),
      true,
    );
  });
}
