import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConfigOverlay } from "../../../src/config/overlay/config-overlay.ts";
import { entryId } from "../../../src/config/deployments/deployment-ids.ts";
import { nodeToJson } from "../../../src/config/tree/node-json.ts";
import { load, loadValid } from "../support/load.ts";

const yaml = `model_list:
  - {model_name: g, litellm_params: {model: openai/one, api_key: sk-secret-one}, model_info: {id: one}}
  - {model_name: g, litellm_params: {model: openai/two}}
  - {model_name: h, litellm_params: {model: openai/both, organization: [x, y]}, model_info: {id: both}}
router_settings:
  model_group_alias: {first: g, second: h}
`;

function entry(group: string, model: string, id: string) {
  return { model_name: group, litellm_params: { model: `openai/${model}` }, model_info: { id } };
}

const place = "the state file";

async function ids(overlay: ConfigOverlay): Promise<readonly string[]> {
  return (await loadValid(yaml, { overlay })).source.deployments.map(({ id, upstreamModel }) => `${id}=${upstreamModel}`);
}

test("an entry takes the place of the deployment with its id, or comes last", async () => {
  const two = entryId({ model_name: "g", litellm_params: { model: "openai/two" } });
  assert.deepEqual(await ids([]), ["one=one", `${two}=two`, "both=both", "both-2=both"]);
  const overlay: ConfigOverlay = [
    { kind: "entry", id: "new", entry: entry("n", "new", "new"), place },
    { kind: "entry", id: "one", entry: entry("g", "uno", "one"), place },
    { kind: "entry", id: two, entry: entry("g", "due", two), place },
  ];
  assert.deepEqual(await ids(overlay), ["one=uno", `${two}=due`, "both=both", "both-2=both", "new=new"]);
});

test("a removed deployment is gone, and its sibling of the same entry is not", async () => {
  const { source, content } = await loadValid(yaml, {
    overlay: [
      { kind: "removal", id: "one" },
      { kind: "removal", id: "both" },
    ],
  });
  assert.deepEqual(
    source.deployments.map(({ id }) => id).filter((id) => !/^\w{20}$/.test(id)),
    ["both-2"],
  );
  assert.ok(content.listedIds.has("one"));
  assert.equal((nodeToJson(content.root) as { model_list: readonly unknown[] }).model_list.length, 2);
});

test("an entry that is wrong in the file does not count once another has its place", async () => {
  const broken = yaml.replace("model: openai/one,", "model: openai/one, rpm: lots,");
  assert.equal((await load(broken)).config, undefined);
  const overlay: ConfigOverlay = [{ kind: "entry", id: "one", entry: entry("g", "uno", "one"), place }];
  assert.equal((await loadValid(broken, { overlay })).source.deployments[0]?.upstreamModel, "uno");
});

test("aliases are set and taken away, and a group's strategy counts for more than the file's", async () => {
  const text = `${yaml}  routing_groups: [{models: [g, h], routing_strategy: p2c}]\n`;
  const { source } = await loadValid(text, {
    overlay: [
      { kind: "alias", alias: "first", targets: [], hidden: false, place },
      { kind: "alias", alias: "third", targets: ["g", "h"], hidden: true, place },
      { kind: "strategy", group: "g", strategy: "round-robin", args: {}, place },
    ],
  });
  assert.deepEqual(source.aliases, [
    { alias: "second", targets: ["h"], hidden: false },
    { alias: "third", targets: ["g", "h"], hidden: true },
  ]);
  assert.deepEqual(
    [...source.groupStrategies].map(([group, choice]) => [group, choice.name]),
    [
      ["g", "round-robin"],
      ["h", "p2c"],
    ],
  );
});

test("what is wrong in a change is told with the change's own place, and no secret of it", async () => {
  const { problems, config } = await load("model_list: []\n", {
    overlay: [
      {
        kind: "entry",
        id: "x",
        entry: { model_name: "g", litellm_params: { model: "nobody/x", rpm: "many", api_key: "sk-very-secret-1" } },
        place: "the new entry",
      },
      { kind: "alias", alias: "a", targets: ["nowhere"], hidden: false, place },
      { kind: "strategy", group: "g", strategy: "best", args: {}, place },
    ],
  });
  assert.equal(config, undefined);
  assert.deepEqual(
    problems.map(({ file, line, key }) => `${file}:${line} ${key}`).toSorted(),
    [
      "the new entry:4 entry x.litellm_params.model",
      "the new entry:5 entry x.litellm_params.rpm",
      "the state file:3 router_settings.model_group_alias.a",
      "the state file:5 router_settings.routing_groups[0].routing_strategy",
    ].toSorted(),
  );
  assert.doesNotMatch(JSON.stringify(problems), /very-secret/);
});

test("the same deployment has the same digest, another one another", async () => {
  const before = (await loadValid(yaml)).content;
  const after = (await loadValid(yaml.replace("secret-one", "secret-two"))).content;
  assert.notEqual(before.digests.get("one")?.text, after.digests.get("one")?.text);
  assert.equal(before.digests.get("both")?.text, after.digests.get("both")?.text);
  assert.notEqual(before.digests.get("both")?.text, before.digests.get("both-2")?.text);
  assert.notEqual(before.digest, after.digest);
  assert.doesNotMatch([...before.digests.values()].map(({ text }) => text).join(), /secret/);
});

test("a configuration is compiled again from the texts that it was read from, whatever the disk says by now", async () => {
  const { config, texts } = await load(yaml);
  const again = await load({}, { texts });
  assert.deepEqual(again.problems, []);
  assert.equal(again.config?.content.digest, config?.content.digest);
});

test("the state file stands beside the configuration, where it says, or nowhere", async () => {
  assert.match((await loadValid(yaml)).stateFile ?? "", /^config\.yaml\.state\.json$/);
  assert.equal((await loadValid(`${yaml}general_settings: {state_file: none}\n`)).stateFile, undefined);
  assert.match((await loadValid(`${yaml}general_settings: {state_file: sub/s.json}\n`)).stateFile ?? "", /\/sub\/s\.json$/);
});
