import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ControlFixture, failure, inFolder, me, twoGroups, value } from "../support/control-fixture.ts";
import { startCall } from "../support/start-call.ts";

const plain = { dryRun: false, discardChanges: false };

const other = `model_list:
  - {model_name: g, litellm_params: {model: mock/a, weight: 3, mock: {first_token_ms: 10}}, model_info: {id: a}}
  - {model_name: h, litellm_params: {model: mock/c, api_key: os.environ/C_KEY, mock: {first_token_ms: 10}}, model_info: {id: c}}
  - {model_name: h, litellm_params: {model: mock/d, mock: {first_token_ms: 10}}, model_info: {id: d}}
router_settings: {num_retries: 5}
general_settings: {master_key: sk-master-two-1234}
`;

test("a reload takes the files' deployments and settings, and keeps the history of those that stay", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await fixture.ask("a");
  fixture.files.set("config.yaml", other);
  const report = await value(fixture.control.reload(plain, me));
  assert.deepEqual(
    { ...report, warnings: [] },
    {
      ok: true,
      problems: [],
      warnings: [],
      addedIds: ["d"],
      removedIds: ["b"],
      changedIds: ["a"],
      settings: [
        'router_settings.model_group_alias was {"other":"g"}, is not set',
        "router_settings.num_retries was not set, is 5",
        "general_settings.master_key has another value",
      ],
    },
  );
  assert.deepEqual(
    fixture.control.deployments().map(({ id, weight, successes }) => [id, weight, successes]),
    [
      ["a", 3, 1],
      ["c", 1, 0],
      ["d", 1, 0],
    ],
  );
  assert.equal(fixture.configs[0]?.masterKey, "sk-master-two-1234");
  assert.deepEqual(
    fixture.reloads.map(({ report: { ok }, who }) => [ok, who]),
    [[true, "master key"]],
  );
  assert.equal(fixture.audited[0]?.what, "reload");
});

test("a call under way on a deployment that a reload takes away goes on, and its deployment drains", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const sink = await startCall(fixture, "b");
  fixture.files.set("config.yaml", other);
  await value(fixture.control.reload(plain, me));
  const leaving = fixture.control.deployments().find(({ id }) => id === "b");
  assert.deepEqual([leaving?.eligibility, leaving?.inFlight], ["draining", 1]);
  assert.equal((await failure(fixture.control.setWeights(new Map([["b", 1]]), 0, me))).code, "not_found");
  fixture.clock.advance(5_000);
  assert.deepEqual([sink.error, sink.route?.deploymentId], [undefined, "b"]);
  assert.ok(!fixture.ids().includes("b"));
});

test("a reload with something wrong changes nothing, and says all that is wrong", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const before = JSON.stringify([fixture.control.etag, fixture.control.deployments(), fixture.control.config()]);
  fixture.files.set("config.yaml", `${other.replace("weight: 3", "weight: -3")}litellm_settings: 3\n`);
  const report = await value(fixture.control.reload(plain, me));
  assert.equal(report.ok, false);
  assert.deepEqual(
    report.problems.map(({ line, key }) => `${line} ${key}`),
    ["2 model_list[0].litellm_params.weight", "7 litellm_settings"],
  );
  assert.equal(JSON.stringify([fixture.control.etag, fixture.control.deployments(), fixture.control.config()]), before);
  assert.deepEqual([fixture.configs, fixture.audited], [[], []]);
  assert.deepEqual(fixture.reloads[0]?.report, report);
  // The files that are in force, and not those on the disk, are what a change is checked with.
  await value(fixture.control.setAlias("x", ["g"], false, me));
  assert.deepEqual(fixture.ids(), ["a", "b", "c"]);
});

test("a dry run says what would happen, and does none of it", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const { etag } = fixture.control;
  fixture.files.set("config.yaml", other);
  const report = await value(fixture.control.reload({ dryRun: true, discardChanges: false }, me));
  assert.deepEqual([report.ok, report.addedIds], [true, ["d"]]);
  assert.equal(fixture.control.etag, etag);
  assert.deepEqual([fixture.ids(), fixture.audited, fixture.reloads], [["a", "b", "c"], [], []]);
});

test("a reload of other contents is another state, one of the same contents is not", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const { etag } = fixture.control;
  await value(fixture.control.reload(plain, me));
  assert.equal(fixture.control.etag, etag);
  fixture.files.set("config.yaml", other);
  await value(fixture.control.reload(plain, { who: "me", etag }));
  assert.notEqual(fixture.control.etag, etag);
  assert.equal((await failure(fixture.control.reload(plain, { who: "me", etag }))).code, "state_changed");
});

test("changes made at run time outlive a reload, unless it is to discard them; keys stay in either case", async () => {
  await inFolder(async (folder) => {
    const statePath = join(folder, "s.json");
    const fixture = await ControlFixture.open(twoGroups, { statePath });
    await value(fixture.control.setWeights(new Map([["a", 9]]), 0, me));
    await value(fixture.control.addDeployment({ model_name: "g", litellm_params: { model: "mock/n" }, model_info: { id: "n" } }, me));
    const made = { name: "k", models: [], tags: [], metadata: {}, rpm: undefined, tpm: undefined, maxParallelRequests: undefined };
    const rest = { maxBudget: undefined, budgetDuration: undefined, priority: undefined, expiresAt: undefined };
    await value(fixture.control.createKey({ ...made, ...rest }, me));
    fixture.files.set("config.yaml", other);
    await value(fixture.control.reload(plain, me));
    assert.deepEqual(fixture.weights(), { a: 9, n: 0, c: 1, d: 1 });
    const report = await value(fixture.control.reload({ dryRun: false, discardChanges: true }, me));
    assert.deepEqual(report.removedIds, ["n"]);
    assert.deepEqual(fixture.weights(), { a: 3, c: 1, d: 1 });
    assert.deepEqual(fixture.control.config().changes, ["the key k was made"]);
    const again = await ControlFixture.open(other, { statePath });
    assert.deepEqual([again.weights(), again.ring.records.length], [{ a: 3, c: 1, d: 1 }, 1]);
  });
});

test("a reload that cannot be kept changes nothing", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await value(fixture.control.setWeights(new Map([["a", 9]]), 0, me));
  fixture.readOnly = true;
  fixture.files.set("config.yaml", other);
  assert.match((await failure(fixture.control.reload({ dryRun: false, discardChanges: true }, me))).message, /Nothing was changed/);
  assert.deepEqual(fixture.weights(), { a: 9, b: 1, c: 1 });
});

test("a file that changes is read again once it has stood still, and not half written", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await fixture.pass(10);
  assert.equal(fixture.reloads.length, 0, "what was loaded is not loaded again");
  fixture.files.set("config.yaml", other.slice(0, 100));
  await fixture.pass(1);
  fixture.files.set("config.yaml", other);
  await fixture.pass(1);
  assert.equal(fixture.reloads.length, 0);
  await fixture.pass(1);
  assert.deepEqual(
    fixture.reloads.map(({ report, who }) => [report.ok, who]),
    [[true, "a change of the configuration's files"]],
  );
  await fixture.pass(10);
  assert.equal(fixture.reloads.length, 1);
  assert.deepEqual(fixture.ids(), ["a", "c", "d"]);
});

test("a file that is empty, as one that is being written may be, takes nothing away", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const before = fixture.ids();
  fixture.files.set("config.yaml", "");
  await fixture.pass(10);
  assert.deepEqual(
    fixture.reloads.map(({ report }) => report.ok),
    [false],
  );
  assert.deepEqual(fixture.ids(), before);
});

test("a file that is broken is told once, and read again when it is mended", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  fixture.files.set("config.yaml", "model_list: 3\n");
  await fixture.pass(10);
  assert.deepEqual(
    fixture.reloads.map(({ report }) => report.ok),
    [false],
  );
  fixture.files.delete("config.yaml");
  await fixture.pass(10);
  assert.match(fixture.reloads[1]?.report.problems[0]?.message ?? "", /there is no such file/);
  assert.equal(fixture.reloads.length, 2);
  assert.deepEqual(fixture.ids(), ["a", "b", "c"]);
  fixture.files.set("config.yaml", other);
  await fixture.pass(3);
  assert.equal(fixture.reloads[2]?.report.ok, true);
});

test("included files are watched, those that a reload brings and those that are missing too", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  const included = join(process.cwd(), "more.yaml");
  fixture.files.set("config.yaml", `include: more.yaml\n${twoGroups}`);
  await fixture.pass(4);
  assert.equal(fixture.reloads[0]?.report.ok, false);
  fixture.files.set(included, "model_list: [{model_name: more, litellm_params: {model: mock/m}}]\n");
  await fixture.pass(4);
  assert.equal(fixture.reloads[1]?.report.ok, true);
  assert.ok(fixture.router.knows("more"));
  fixture.files.set(included, "model_list: [{model_name: most, litellm_params: {model: mock/m}}]\n");
  await fixture.pass(4);
  assert.ok(fixture.router.knows("most"));
  assert.equal(fixture.reloads.length, 3);
});

test("what is in force is not read again because its file was touched, and a stop ends the watch", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await fixture.pass(3);
  const { looks } = fixture;
  assert.ok(looks >= 2);
  fixture.files.set("config.yaml", `${twoGroups} `);
  await fixture.pass(1);
  fixture.files.set("config.yaml", twoGroups);
  await fixture.pass(5);
  assert.deepEqual(fixture.reloads, []);
  await fixture.control.close();
  const stopped = fixture.looks;
  await fixture.pass(5);
  assert.equal(fixture.looks, stopped);
});

test("a reload says of each setting that is read at the start alone that it counts from the next one", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  fixture.files.set(
    "config.yaml",
    twoGroups.replace(
      "{master_key: sk-the-master-key}",
      "{master_key: sk-the-master-key, log_level: warn, log_content: true, log_calibration: false, log_prefixes: true, recent_calls: 5, max_failed_attempts: 5, max_request_size_mb: 1}",
    ),
  );
  const { settings } = await value(fixture.control.reload({ dryRun: true, discardChanges: false }, me));
  const later = settings.filter((sentence) => sentence.endsWith("; that counts from the next start"));
  assert.deepEqual(
    later.map((sentence) => sentence.split(" ")[0]),
    ["log_level", "log_content", "log_calibration", "log_prefixes", "recent_calls", "max_failed_attempts"].map(
      (key) => `general_settings.${key}`,
    ),
  );
  assert.equal(settings.length, 7);
});

const withFault = twoGroups.replace("model_list:", "model_list:\n  - {model_name: broken, litellm_params: {model: nowhere/x}}");

test("what was left out at the start stays left out over a reload; a new fault changes nothing", async () => {
  const fixture = await ControlFixture.open(withFault);
  const broken = () => fixture.control.deployments().filter(({ eligibility }) => eligibility === "invalid");
  assert.deepEqual(
    broken().map(({ group, address }) => [group, address]),
    [["broken", "nowhere/x"]],
  );
  assert.match(broken()[0]?.detail ?? "", /`nowhere` is not known/);

  fixture.files.set("config.yaml", withFault.replace("model_list:", "# moved\nmodel_list:"));
  assert.equal((await value(fixture.control.reload(plain, me))).ok, true);
  assert.equal(broken().length, 1);

  fixture.files.set("config.yaml", withFault.replace("mock/c", "mokc/c"));
  const report = await value(fixture.control.reload(plain, me));
  assert.equal(report.ok, false);
  assert.match(report.problems[0]?.message ?? "", /does not have this fault, so it stays in force/);
  assert.equal(await fixture.ask("h"), "c");
  assert.equal(broken().length, 1);
});

test("a reload that would leave no deployment changes nothing", async () => {
  const fixture = await ControlFixture.open(withFault);
  fixture.files.set("config.yaml", "model_list:\n  - {model_name: broken, litellm_params: {model: nowhere/x}}\n");
  const report = await value(fixture.control.reload(plain, me));
  assert.equal(report.ok, false);
  assert.match(report.problems[0]?.message ?? "", /no deployment would be left/);
  assert.equal(await fixture.ask(), "a");
});

test("an entry with a fault that is added at run time is refused, though the start would leave it out", async () => {
  const fixture = await ControlFixture.open(withFault);
  const refused = await failure(fixture.control.addDeployment({ model_name: "g", litellm_params: { model: "nowhere/y" } }, me));
  assert.match(refused.message, /`nowhere` is not known/);
  const removed = await value(fixture.control.removeDeployment("a", me));
  assert.equal(removed, 0);
});

test("a call by a name that only deployments with faults have hears of it, or goes to its fallbacks", async () => {
  const lone = await ControlFixture.open(withFault);
  const sink = await startCall(lone, "broken");
  assert.equal(sink.error?.code, "upstream_not_found");
  assert.match(sink.error.message, /^All deployments of "broken" were left out of this server's configuration/);
  assert.equal(await lone.ask("nobody"), "model_not_found");
  const covered = await ControlFixture.open(`${withFault}litellm_settings: {fallbacks: [{broken: [h]}]}\n`);
  assert.equal(await covered.ask("broken"), "c");
});
