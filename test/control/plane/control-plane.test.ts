import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Act, KeySpec } from "../../../src/control/operator.ts";
import type { RouterError } from "../../../src/core/errors.ts";
import type { KeyRecord } from "../../../src/core/key-record.ts";
import type { Result } from "../../../src/lib/result.ts";
import { sha256 } from "../../../src/lib/secret.ts";
import { ControlFixture, failure, me, openGroups, twoGroups, value, inFolder } from "../support/control-fixture.ts";
import { startCall } from "../support/start-call.ts";

const spec: KeySpec = {
  name: "team-a",
  models: ["g"],
  rpm: 10,
  tpm: undefined,
  maxParallelRequests: undefined,
  maxBudget: 5,
  budgetDuration: "7d",
  tags: [],
  priority: undefined,
  expiresAt: undefined,
  metadata: { owner: "somebody" },
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

const fresh = { model_name: "g", litellm_params: { model: "mock/n" }, model_info: { id: "n" } };

/** Everything that changes something, with what is right. */
const changes: Readonly<Record<string, (fixture: ControlFixture, act: Act) => Promise<Result<unknown, RouterError>>>> = {
  SetWeights: ({ control }, act) => control.setWeights(new Map([["a", 5]]), 0, act),
  SetDeploymentState: ({ control }, act) => control.setDeploymentState("a", "draining", act),
  AddDeployment: ({ control }, act) => control.addDeployment(fresh, act),
  UpdateDeployment: ({ control }, act) => control.updateDeployment("a", { ...fresh, model_info: {} }, act),
  RemoveDeployment: ({ control }, act) => control.removeDeployment("a", act),
  SetRoutingStrategy: ({ control }, act) => control.setRoutingStrategy("g", "p2c", {}, act),
  SetAlias: ({ control }, act) => control.setAlias("another", ["h"], false, act),
  CreateKey: ({ control }, act) => control.createKey(spec, act),
  RevokeKey: ({ control }, act) => control.revokeKey("from-file", act),
  RotateKey: ({ control }, act) => control.rotateKey("from-file", 1_000, act),
};

/** All that can be seen from outside, but for the audit log. */
function seen({ control, router, ring }: ControlFixture): string {
  const { config, changes } = control.config();
  return JSON.stringify([
    control.etag,
    control.deployments(),
    control.keys(),
    config,
    changes,
    router.models(),
    [...router.groups()],
    ring.records,
  ]);
}

for (const [what, change] of Object.entries(changes)) {
  test(`${what} is written, audited and told by another etag; asked for a state that is past, or unwritable, it changes nothing`, async () => {
    const fixture = await ControlFixture.open(twoGroups, { keys: [configKey] });
    const before = seen(fixture);

    const stale = await failure(change(fixture, { who: "me", etag: "gone.1.0" }));
    assert.equal(stale.code, "state_changed");
    assert.equal(seen(fixture), before);

    fixture.readOnly = true;
    const unwritable = await failure(change(fixture, me));
    assert.equal(unwritable.code, "internal");
    assert.match(unwritable.message, /Nothing was changed: the disk is full/);
    assert.equal(seen(fixture), before);
    assert.deepEqual(fixture.audited, []);

    fixture.readOnly = false;
    const { etag } = fixture.control;
    await value(change(fixture, { who: "me", etag }));
    assert.notEqual(fixture.control.etag, etag);
    assert.notEqual(seen(fixture), before);
    assert.equal(fixture.written?.state.revision, 1);
    const [entry] = fixture.control.changes();
    assert.deepEqual([entry?.who, entry?.what, entry?.etag], ["me", what, fixture.control.etag]);
    assert.deepEqual(fixture.audited, fixture.control.changes());
    assert.equal((await failure(change(fixture, { who: "me", etag }))).code, "state_changed");
  });
}

const wrong: readonly (readonly [
  string,
  (fixture: ControlFixture) => Promise<Result<unknown, RouterError>>,
  RouterError["code"],
  RegExp,
])[] = [
  [
    "a weight of nobody",
    ({ control }) =>
      control.setWeights(
        new Map([
          ["a", 1],
          ["aa", 1],
        ]),
        0,
        me,
      ),
    "not_found",
    /No deployment has the id "aa"/,
  ],
  ["no weights", ({ control }) => control.setWeights(new Map(), 0, me), "invalid_request", /no weight to set/],
  [
    "a negative weight",
    ({ control }) => control.setWeights(new Map([["a", -1]]), 0, me),
    "invalid_request",
    /is -1; it must be a number from 0/,
  ],
  ["a weight that is no number", ({ control }) => control.setWeights(new Map([["a", Number.NaN]]), 0, me), "invalid_request", /NaN/],
  ["a move of eight days", ({ control }) => control.setWeights(new Map([["a", 1]]), 8 * 86_400_000, me), "invalid_request", /7 days/],
  ["a state of nobody", ({ control }) => control.setDeploymentState("x", "blocked", me), "not_found", /No deployment has the id "x"/],
  ["a cooldown of nobody", ({ control }) => control.resetCooldown("x", me), "not_found", /"x"/],
  [
    "an entry whose id is taken",
    ({ control }) => control.addDeployment({ ...fresh, model_info: { id: "a" } }, me),
    "already_exists",
    /"a" already/,
  ],
  [
    "an entry with several things wrong",
    ({ control }) => control.addDeployment({ model_name: "g", litellm_params: { model: "mock/x", rpm: -1, weight: "w" } }, me),
    "invalid_request",
    /rpm: must be a whole number ≥ 0[\s\S]*weight: must be a number/,
  ],
  ["an entry that is nothing", ({ control }) => control.addDeployment({}, me), "invalid_request", /model_name/],
  [
    "a secret that is written out",
    ({ control }) => control.addDeployment({ ...fresh, litellm_params: { model: "openai/x", api_key: "sk-live-123456789" } }, me),
    "invalid_request",
    /entry\.litellm_params\.api_key: .*os\.environ\/NAME.*litellm_credential_name/,
  ],
  [
    "a secret in a header",
    ({ control }) =>
      control.updateDeployment(
        "a",
        { ...fresh, model_info: {}, litellm_params: { model: "openai/x", extra_headers: { "x-key": "abc" } } },
        me,
      ),
    "invalid_request",
    /extra_headers\.x-key/,
  ],
  ["an update of nobody", ({ control }) => control.updateDeployment("x", fresh, me), "not_found", /"x"/],
  ["an update to another id", ({ control }) => control.updateDeployment("a", fresh, me), "invalid_request", /keeps its id/],
  ["a removal of nobody", ({ control }) => control.removeDeployment("x", me), "not_found", /"x"/],
  ["a strategy that is none", ({ control }) => control.setRoutingStrategy("g", "p3c", {}, me), "invalid_request", /did you mean p2c/],
  [
    "arguments that do not fit",
    ({ control }) => control.setRoutingStrategy("g", "latency-based-routing", { lowest_latency_buffer: -1 }, me),
    "invalid_request",
    /lowest_latency_buffer/,
  ],
  ["a strategy for nobody", ({ control }) => control.setRoutingStrategy("gg", "p2c", {}, me), "not_found", /no group "gg"/],
  [
    "a strategy from a file",
    ({ control }) => control.setRoutingStrategy("g", "./mine.ts", {}, me),
    "invalid_request",
    /configuration file/,
  ],
  ["an alias for nobody", ({ control }) => control.setAlias("x", ["g", "nobody"], false, me), "invalid_request", /no group "nobody"/],
  ["an alias that is not there to be removed", ({ control }) => control.setAlias("x", [], false, me), "not_found", /no alias "x"/],
  ["a key whose name is taken", ({ control }) => control.createKey({ ...spec, name: "from-file" }, me), "already_exists", /from-file/],
  [
    "a key with limits out of range",
    ({ control }) => control.createKey({ ...spec, rpm: 0, expiresAt: 5, budgetDuration: "1y" }, me),
    "invalid_request",
    /rpm is 0.*1mo.*past/,
  ],
  [
    "a key with a secret in its notes",
    ({ control }) => control.createKey({ ...spec, metadata: { password: "x" } }, me),
    "invalid_request",
    /metadata\.password/,
  ],
  ["a key that nobody has, revoked", ({ control }) => control.revokeKey("x", me), "not_found", /no key of that name/],
  ["a key that nobody has, rotated", ({ control }) => control.rotateKey("x", 0, me), "not_found", /no key of that name/],
  ["an overlap of a year", ({ control }) => control.rotateKey("from-file", 365 * 86_400_000, me), "invalid_request", /90 days/],
];

for (const [name, change, code, message] of wrong) {
  test(`${name}: refused with a reason, and nothing is changed`, async () => {
    await inFolder(async (folder) => {
      const fixture = await ControlFixture.open(twoGroups, { keys: [configKey], statePath: join(folder, "state.json") });
      const before = seen(fixture);
      const error = await failure(change(fixture));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.match(error.message, /Nothing was changed/);
      assert.doesNotMatch(error.message, /sk-live/);
      assert.equal(seen(fixture), before);
      assert.equal(fixture.written, undefined);
    });
  });
}

test("weights count from the next pick, and are told with what was before", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const weights = new Map([
    ["a", 0],
    ["b", 3],
  ]);
  assert.deepEqual(await value(fixture.control.setWeights(weights, 0, me)), [
    { deploymentId: "a", before: 1, after: 0 },
    { deploymentId: "b", before: 1, after: 3 },
  ]);
  for (let call = 0; call < 10; call++) assert.equal(await fixture.ask(), "b");
  assert.deepEqual(fixture.control.config().changes, ["the weight of a is 0", "the weight of b is 3"]);
});

test("a blocked deployment gets no call until it is active again", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  assert.equal((await value(fixture.control.setDeploymentState("a", "blocked", me))).state, "blocked");
  assert.equal(await fixture.ask("a"), "no_capacity");
  assert.equal((await value(fixture.control.setDeploymentState("a", "active", me))).eligibility, "eligible");
  assert.equal(await fixture.ask("a"), "a");
});

test("a deployment that its own entry blocks is not made active over it", async () => {
  const fixture = await ControlFixture.open(twoGroups.replace("{id: a}", "{id: a, blocked: true}"));
  assert.match((await failure(fixture.control.setDeploymentState("a", "active", me))).message, /model_info\.blocked/);
});

test("a cooldown that there is not is none to end, and changes no state", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const { etag } = fixture.control;
  assert.equal(await value(fixture.control.resetCooldown("a", me)), false);
  assert.equal(fixture.control.etag, etag);
  assert.equal(fixture.audited[0]?.what, "ResetCooldown");
});

test("a deployment is added, changed under the same id, and removed; its history goes on", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const added = await value(fixture.control.addDeployment({ ...fresh, model_name: "new" }, me));
  assert.deepEqual([added.deployment.id, added.deployment.group, added.deployment.successes], ["n", "new", 0]);
  assert.equal(await fixture.ask("new"), "n");
  const updated = await value(fixture.control.updateDeployment("n", { model_name: "newer", litellm_params: { model: "mock/m" } }, me));
  assert.deepEqual([updated.deployment.id, updated.deployment.address, updated.deployment.successes], ["n", "mock/m", 1]);
  assert.equal(await fixture.ask("newer"), "n");
  assert.equal(await fixture.ask("new"), "model_not_found");
  assert.equal(await value(fixture.control.removeDeployment("n", me)), 0);
  assert.equal(await fixture.ask("newer"), "model_not_found");
  assert.deepEqual(fixture.ids(), ["a", "b", "c"]);
});

function entryWith(key: string): object {
  return { ...fresh, litellm_params: { model: "mock/n", api_key: key } };
}

test("what is to hide the secrets of a change knows them before it is in force, and hears of none that is refused", async () => {
  const fixture = await ControlFixture.open(twoGroups.replace("master_key:", "admin_env_allow: [N*], master_key:"));
  await failure(fixture.control.addDeployment(entryWith("os.environ/NOT_SET"), me));
  assert.equal(fixture.prepared.length, 0);
  await value(fixture.control.addDeployment(entryWith("os.environ/N_KEY"), me));
  await value(fixture.control.setWeights(new Map([["n", 2]]), 0, me));
  const [prepared, ...others] = fixture.prepared;
  assert.deepEqual([prepared?.ids, others], [["a", "b", "c"], []]);
  assert.equal(prepared?.config.secrets.scrub("with the-secret-of-n-1234"), "with ***");
  assert.deepEqual(fixture.configs, [prepared.config]);
});

test("where no change is written to disk, an entry may hold its key, which is shown nowhere", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const key = "sk-live-123456789";
  await value(fixture.control.addDeployment(entryWith(key), me));
  const [prepared] = fixture.prepared;
  assert.equal(prepared?.config.secrets.scrub(`with ${key}`), "with ***");
  await value(fixture.control.updateDeployment("n", { ...entryWith(key), rpm: 5 }, me));
  const shown = JSON.stringify([fixture.control.config(), fixture.control.deployments(), fixture.control.changes(), fixture.audited]);
  assert.ok(!shown.includes(key));
  const entry = fixture.control.entry("n") as { readonly rpm: number; readonly litellm_params: Readonly<Record<string, unknown>> };
  assert.deepEqual([entry.rpm, entry.litellm_params["api_key"]], [5, "***"]);
  await inFolder(async (folder) => {
    const kept = await ControlFixture.open(twoGroups, { statePath: join(folder, "state.json") });
    assert.match((await failure(kept.control.addDeployment(entryWith(key), me))).message, /it would be written to disk/);
  });
});

test("an entry without an id has the one that it would have in the file", async () => {
  const entry = { model_name: "g", litellm_params: { model: "mock/x", rpm: 3 }, rpm: 9 };
  const fixture = await ControlFixture.open(twoGroups);
  const { deployment } = await value(fixture.control.addDeployment(entry, me));
  const inFile = await ControlFixture.open(`model_list:\n  - ${JSON.stringify(entry)}\n`);
  assert.deepEqual(inFile.ids(), [deployment.id]);
  assert.equal((await failure(fixture.control.addDeployment(entry, me))).code, "already_exists");
});

test("a deployment of the file that was removed can be added again, and its weight of before is forgotten", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await value(fixture.control.setWeights(new Map([["a", 7]]), 0, me));
  await value(fixture.control.removeDeployment("a", me));
  assert.deepEqual(fixture.ids(), ["b", "c"]);
  await value(fixture.control.addDeployment({ ...fresh, model_info: { id: "a" } }, me));
  assert.deepEqual(fixture.weights(), { a: 1, b: 1, c: 1 });
});

test("a removal that would break the rest of the configuration is refused", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await value(fixture.control.removeDeployment("a", me));
  const error = await failure(fixture.control.removeDeployment("b", me));
  assert.match(error.message, /there is no group "g"/);
  assert.deepEqual(fixture.ids(), ["b", "c"]);
});

test("removing a deployment tells the calls under way there, which go on", async () => {
  const busy = await ControlFixture.open(twoGroups);
  const sink = await startCall(busy, "c");
  assert.equal(await value(busy.control.removeDeployment("c", me)), 1);
  busy.clock.advance(30_000);
  assert.equal(sink.route?.deploymentId, "c");
  assert.deepEqual(busy.ids(), ["a", "b"]);
});

test("what is tolerated in a new entry is told as a warning of that entry alone", async () => {
  const fixture = await ControlFixture.open(`${openGroups}general_settings: {nonsense: 1}\n`);
  const { warnings } = await value(fixture.control.addDeployment({ ...fresh, wait: 3 }, me));
  assert.deepEqual(
    warnings.map(({ key }) => key),
    ["entry n.wait"],
  );
});

test("a group's strategy is chosen, and given back to the configuration", async () => {
  const fixture = await ControlFixture.open(`${twoGroups}  routing_groups: [{models: [g], routing_strategy: least-busy}]\n`);
  const set = (name: string | undefined) => value(fixture.control.setRoutingStrategy("g", name, {}, me));
  assert.deepEqual(await set("round-robin"), { before: "least-busy", after: "round-robin" });
  assert.equal(fixture.router.groups().get("g"), "round-robin");
  assert.deepEqual(fixture.control.config().changes, ["the strategy of g is round-robin, in the file least-busy"]);
  assert.deepEqual(await set(undefined), { before: "round-robin", after: "least-busy" });
  assert.deepEqual(fixture.control.config().changes, []);
});

test("an alias is set, hidden and removed, one of the file too", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const set = (alias: string, targets: readonly string[], hidden = false) => value(fixture.control.setAlias(alias, targets, hidden, me));
  assert.deepEqual(await set("both", ["g", "h"]), { before: [], after: ["g", "h"] });
  assert.ok(fixture.router.models().includes("both"));
  await set("both", ["g", "h"], true);
  assert.ok(!fixture.router.models().includes("both"));
  assert.ok(fixture.router.knows("both"));
  assert.deepEqual(await set("other", []), { before: ["g"], after: [] });
  assert.ok(!fixture.router.knows("other"));
  await set("both", []);
  assert.deepEqual(fixture.control.config().changes, ["the alias other was removed, in the file for g"]);
});

test("a key is made, rotated with an overlap and revoked; its secret is in the answer and nowhere else", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const made = await value(fixture.control.createKey(spec, me));
  assert.match(made.secret, /^sk-hg-/);
  assert.equal(fixture.ring.records[0]?.sha256, sha256(made.secret));
  const rotated = await value(fixture.control.rotateKey("team-a", 60_000, me));
  assert.notEqual(rotated.secret, made.secret);
  assert.deepEqual(fixture.ring.records[0]?.previous, { sha256: sha256(made.secret), validUntil: fixture.clock.wallTime() + 60_000 });
  assert.equal((await value(fixture.control.revokeKey("team-a", me))).record.revoked, true);
  assert.equal(fixture.ring.records[0]?.revoked, true);
  assert.match((await failure(fixture.control.rotateKey("team-a", 0, me))).message, /is revoked/);
  assert.equal((await failure(fixture.control.createKey(spec, me))).code, "already_exists");
  const everywhere = seen(fixture) + JSON.stringify([fixture.audited, fixture.written]);
  for (const { secret } of [made, rotated]) assert.ok(!everywhere.includes(secret));
});

test("a key is told as expired from its time on", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await value(fixture.control.createKey({ ...spec, expiresAt: fixture.clock.wallTime() + 10 }, me));
  assert.equal(fixture.control.keys()[0]?.expired, false);
  fixture.clock.advance(10);
  assert.equal(fixture.control.keys()[0]?.expired, true);
});

test("changes that come at once are made one after the other, and of two for the same state one wins", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const { etag } = fixture.control;
  const results = await Promise.all(
    [1, 2, 3].map((weight) => fixture.control.setWeights(new Map([["a", weight]]), 0, { who: "me", etag })),
  );
  assert.deepEqual(
    results.map(({ ok }) => ok),
    [true, false, false],
  );
  assert.equal(fixture.weights()["a"], 1);
});

test("the audit log keeps the last 200 changes, newest first", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  for (let weight = 1; weight <= 205; weight++) await value(fixture.control.setWeights(new Map([["a", weight]]), 0, me));
  assert.equal(fixture.control.changes().length, 200);
  assert.deepEqual([fixture.control.changes()[0]?.before, fixture.control.changes()[0]?.after], ["a=204", "a=205"]);
  assert.equal(fixture.audited.length, 205);
});

test("the configuration in force is shown with its changes, and without a secret", async () => {
  const yaml = `${openGroups}general_settings: {master_key: sk-master-12345678}
environment_variables: {SOME: thing-that-is-secret}
credential_list: [{credential_name: shared, credential_values: {api_key: sk-shared-12345678, api_base: "https://shared.example/v1"}}]
`;
  const fixture = await ControlFixture.open(yaml);
  await value(fixture.control.setWeights(new Map([["a", 4]]), 0, me));
  await value(fixture.control.addDeployment({ ...fresh, litellm_params: { model: "openai/n", litellm_credential_name: "shared" } }, me));
  const { config, files, changes, stateFile } = fixture.control.config();
  assert.deepEqual(files, ["config.yaml"]);
  assert.equal(stateFile, undefined);
  assert.deepEqual(changes, ["deployment n was added to g", "the weight of a is 4"]);
  const shown = config as { model_list: readonly { litellm_params: Record<string, unknown> }[]; general_settings: unknown };
  assert.equal(shown.model_list.length, 4);
  assert.equal(shown.model_list[0]?.litellm_params["weight"], 4);
  assert.equal(shown.model_list[2]?.litellm_params["api_key"], "os.environ/C_KEY");
  assert.deepEqual(fixture.control.entry("c"), shown.model_list[2]);
  assert.equal(fixture.control.entry("nobody"), undefined);
  assert.deepEqual(shown.general_settings, { master_key: "***" });
  assert.doesNotMatch(JSON.stringify(config), /12345678|secret-of-c|thing-that/);
});

test("a server that stops takes no more changes", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await fixture.control.close();
  assert.equal((await failure(fixture.control.setWeights(new Map([["a", 2]]), 0, me))).code, "shutting_down");
  assert.equal(fixture.clock.pending, 0);
});

test("a server without a master key makes no keys: with the first one, no caller could operate it any more", async () => {
  const fixture = await ControlFixture.open(openGroups);
  const made = await fixture.control.createKey(spec, me);
  assert.ok(!made.ok);
  assert.match(made.error.message, /master_key/);
  assert.deepEqual(fixture.control.keys(), []);
});

test("each group's strategy is told with its shadows and with what speaks for another", async () => {
  const yaml = `${twoGroups}  shadow_strategies: [least-busy]\n`;
  const { control } = await ControlFixture.open(yaml);
  await value(control.setRoutingStrategy("g", "usage-based-routing", {}, me));
  const told = await control.strategies();
  assert.deepEqual(
    told.map(({ group, strategy, deployments, advice }) => [group, strategy, deployments, advice.length]),
    [
      ["g", "usage-based-routing", 2, 1],
      ["h", "simple-shuffle", 1, 0],
    ],
  );
});
