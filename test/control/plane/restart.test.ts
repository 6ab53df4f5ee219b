import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { KeySpec } from "../../../src/control/operator.ts";
import type { KeyRecord } from "../../../src/core/key-record.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { ControlFixture, failure, inFolder, me, twoGroups, value } from "../support/control-fixture.ts";

const spec: KeySpec = {
  name: "team-a",
  models: ["g"],
  rpm: 10,
  tpm: undefined,
  maxParallelRequests: 2,
  maxBudget: undefined,
  budgetDuration: undefined,
  tags: ["gold"],
  priority: 1,
  expiresAt: undefined,
  metadata: { owner: { name: "somebody" } },
};

const configKey: KeyRecord = {
  ...spec,
  name: "from-file",
  sha256: "f".repeat(64),
  previous: undefined,
  revoked: false,
  origin: "config",
  createdAt: undefined,
};

async function changeEverything({ control }: ControlFixture): Promise<void> {
  await value(control.setWeights(new Map([["a", 5]]), 0, me));
  await value(control.setDeploymentState("c", "draining", me));
  await value(
    control.addDeployment(
      { model_name: "h", litellm_params: { model: "mock/n", api_key: "os.environ/C_KEY" }, model_info: { id: "n" } },
      me,
    ),
  );
  await value(control.updateDeployment("a", { model_name: "g", litellm_params: { model: "mock/other" } }, me));
  await value(control.removeDeployment("b", me));
  await value(control.setRoutingStrategy("h", "latency-based-routing", { ttl: 60 }, me));
  await value(control.setAlias("both", ["g", "h"], true, me));
  await value(control.createKey(spec, me));
  await value(control.rotateKey("from-file", 60_000, me));
}

function state({ control, router, ring }: ControlFixture): unknown {
  const deployments = control
    .deployments()
    .map(({ id, group, address, weight, state, strategy }) => [id, group, address, weight, state, strategy]);
  return [control.etag, deployments, router.models(), router.knows("both"), ring.records, control.config().changes];
}

test("everything that was changed is in force again after a restart, under the same etag", async () => {
  await inFolder(async (folder) => {
    const options = { statePath: join(folder, "s.json"), keys: [configKey], clock: new FakeClock() };
    const first = await ControlFixture.open(twoGroups, options);
    await changeEverything(first);
    const second = await ControlFixture.open(twoGroups, options);
    assert.deepEqual(state(second), state(first));
    assert.deepEqual([second.opened.warnings, second.opened.result.warnings], [[], []]);
    assert.deepEqual(second.control.config().changes, [
      "deployment n was added to h",
      "deployment a has another entry, in g",
      "deployment b was removed",
      "the weight of a is 5",
      "deployment c is draining",
      "the strategy of h is latency-based-routing, in the file simple-shuffle",
      "the alias both stands for g, h (hidden)",
      "the key team-a was made",
      "the key from-file was rotated",
    ]);
  });
});

test("the state file is for its owner alone, holds no secret, and leaves nothing else behind", async () => {
  await inFolder(async (folder) => {
    const statePath = join(folder, "s.json");
    const fixture = await ControlFixture.open(twoGroups, { statePath, keys: [configKey] });
    assert.deepEqual(readdirSync(folder), [], "nothing is written before anything is changed");
    await changeEverything(fixture);
    const { secret } = await value(fixture.control.createKey({ ...spec, name: "b" }, me));
    assert.equal(statSync(statePath).mode & 0o777, 0o600);
    const text = readFileSync(statePath, "utf8");
    assert.ok(text.includes("os.environ/C_KEY"));
    assert.ok(!text.includes(secret) && !text.includes("secret-of-c"));
    assert.deepEqual(readdirSync(folder), ["s.json"]);
  });
});

const broken: readonly (readonly [string, (text: string) => string, RegExp])[] = [
  ["cut off", (text) => text.slice(0, -20), /not JSON, or not all of it is there/],
  ["changed by hand", (text) => text.replace('"a": 5', '"a": 6'), /checksum is wrong/],
  ["of a later version", (text) => text.replace('"version": 1', '"version": 2'), /it has version 2; this program reads version 1/],
  ["something else", () => "[]", /not a state file/],
  ["empty", () => "", /not JSON/],
];

for (const [name, damage, reason] of broken) {
  test(`a state file that is ${name} is set aside, and the server starts from its configuration`, async () => {
    await inFolder(async (folder) => {
      const statePath = join(folder, "s.json");
      const before = await ControlFixture.open(twoGroups, { statePath });
      await value(before.control.setWeights(new Map([["a", 5]]), 0, me));
      const text = damage(readFileSync(statePath, "utf8"));
      writeFileSync(statePath, text);
      const after = await ControlFixture.open(twoGroups, { statePath });
      assert.match(after.opened.warnings.join(), reason);
      const [aside] = readdirSync(folder);
      assert.match(aside ?? "", /^s\.json\.corrupt-2023-\d\d-\d\dT[\dZ-]+$/);
      assert.ok(after.opened.warnings.join().includes(aside ?? "?"));
      assert.equal(readFileSync(join(folder, aside ?? ""), "utf8"), text);
      assert.deepEqual(after.weights(), { a: 1, b: 1, c: 1 });
      assert.notEqual(after.control.etag.split(".")[0], before.control.etag.split(".")[0]);
      await value(after.control.setWeights(new Map([["a", 2]]), 0, me));
    });
  });
}

test("a folder that cannot be written to is told at the start, and refuses every change", async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, "file"), "");
    for (const statePath of [join(folder, "nowhere", "s.json"), join(folder, "file", "s.json")]) {
      const fixture = await ControlFixture.open(twoGroups, { statePath });
      assert.match(fixture.opened.warnings.join(), /every change will be refused/);
      const error = await failure(fixture.control.setWeights(new Map([["a", 2]]), 0, me));
      assert.match(error.message, /Nothing was changed: the state file .*s\.json/);
      assert.deepEqual(fixture.weights(), { a: 1, b: 1, c: 1 });
    }
  });
});

test("a state file that another program wrote meanwhile is not overwritten", async () => {
  await inFolder(async (folder) => {
    const statePath = join(folder, "s.json");
    const one = await ControlFixture.open(twoGroups, { statePath });
    await value(one.control.setWeights(new Map([["a", 2]]), 0, me));
    const other = await ControlFixture.open(twoGroups, { statePath });
    await value(other.control.setWeights(new Map([["a", 3]]), 0, me));
    assert.match((await failure(one.control.setWeights(new Map([["a", 4]]), 0, me))).message, /another program/);
    assert.deepEqual((await ControlFixture.open(twoGroups, { statePath })).weights(), { a: 3, b: 1, c: 1 });
  });
});

test("what the state says of names that are gone is kept and told; a removed deployment that comes back stays removed", async () => {
  await inFolder(async (folder) => {
    const statePath = join(folder, "s.json");
    const first = await ControlFixture.open(twoGroups, { statePath, keys: [configKey] });
    await value(first.control.setWeights(new Map([["c", 5]]), 0, me));
    await value(first.control.removeDeployment("b", me));
    await value(first.control.revokeKey("from-file", me));
    const only = "model_list: [{model_name: g, litellm_params: {model: mock/a}, model_info: {id: a}}]\n";
    const without = await ControlFixture.open(only, { statePath });
    assert.deepEqual(
      without.opened.warnings.map((line) => /(deployment|key) [\w-]+/.exec(line)?.[0]),
      ["deployment c", "deployment b", "key from-file"],
    );
    assert.deepEqual(without.ring.records, []);
    await value(without.control.setWeights(new Map([["a", 2]]), 0, me));
    const again = await ControlFixture.open(twoGroups, { statePath, keys: [configKey] });
    assert.deepEqual(again.weights(), { a: 2, c: 5 });
    assert.equal(again.ring.records[0]?.revoked, true);
  });
});

test("a change that does not fit the configuration any more is left out with a warning, kept, and counts again when it fits", async () => {
  await inFolder(async (folder) => {
    const statePath = join(folder, "s.json");
    const first = await ControlFixture.open(twoGroups, { statePath });
    await value(first.control.setAlias("another", ["h"], false, me));
    await value(first.control.setWeights(new Map([["a", 5]]), 0, me));
    const withoutH = twoGroups.replace(/.*model_name: h.*\n/, "");
    const second = await ControlFixture.open(withoutH, { statePath });
    assert.ok(!second.router.knows("another"));
    const [warning] = second.opened.result.warnings;
    assert.equal(warning?.file, "alias another as changed at run time");
    assert.match(warning.message, /^LEFT OUT: there is no group "h"/);
    await value(second.control.addDeployment({ model_name: "g", litellm_params: { model: "mock/n" }, model_info: { id: "n" } }, me));
    assert.deepEqual(second.weights(), { a: 5, b: 1, n: 1 });
    const third = await ControlFixture.open(twoGroups, { statePath });
    assert.ok(third.router.knows("another"));
  });
});

test("changes that together break the files are all left out, with the reason", async () => {
  await inFolder(async (folder) => {
    const statePath = join(folder, "s.json");
    const first = await ControlFixture.open(twoGroups, { statePath });
    await value(first.control.removeDeployment("c", me));
    const pointing = twoGroups.replace("{other: g}", "{other: h}");
    const second = await ControlFixture.open(pointing, { statePath });
    assert.deepEqual(second.ids(), ["a", "b", "c"]);
    assert.match(second.opened.result.warnings[0]?.message ?? "", /LEFT OUT: config\.yaml:.*there is no group "h"/);
  });
});

test("of a key of the file, the file says what it may and the state what its secret is", async () => {
  await inFolder(async (folder) => {
    const statePath = join(folder, "s.json");
    const first = await ControlFixture.open(twoGroups, { statePath, keys: [configKey] });
    await value(first.control.rotateKey("from-file", 0, me));
    const digest = first.ring.records[0]?.sha256;
    const second = await ControlFixture.open(twoGroups, { statePath, keys: [{ ...configKey, rpm: 99 }] });
    assert.deepEqual([second.ring.records[0]?.rpm, second.ring.records[0]?.sha256], [99, digest]);
  });
});

function spend(usd: number) {
  return new Map([["team-a", { usd, periodStart: 7 }]]);
}

test("what keys have spent is kept soon after it changed, or at the end, without another etag", async () => {
  await inFolder(async (folder) => {
    const statePath = join(folder, "s.json");
    const first = await ControlFixture.open(twoGroups, { statePath });
    await value(first.control.setWeights(new Map([["a", 5]]), 0, me));
    const { etag } = first.control;
    first.control.saveSpend(spend(1));
    first.control.saveSpend(spend(2));
    await first.pass(3);
    await value(first.control.reload({ dryRun: true, discardChanges: false }, me));
    assert.equal(first.control.etag, etag);
    assert.deepEqual((await ControlFixture.open(twoGroups, { statePath })).control.spend, spend(2));
    first.control.saveSpend(spend(3));
    await first.control.close();
    const last = await ControlFixture.open(twoGroups, { statePath });
    assert.deepEqual([last.control.spend, last.weights()["a"]], [spend(3), 5]);
  });
});
