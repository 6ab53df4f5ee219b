import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../src/core/call.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

const target = (model: string) => ({ model, amend: undefined });

function fixtureOf(): CoreFixture {
  const { fallbacks } = defaultRouterSettings;
  return new CoreFixture(
    tableSource([deployment("a"), deployment("secret-id", { group: "secret", address: "openai/secret" })], {
      settings: { ...defaultRouterSettings, fallbacks: { ...fallbacks, generic: new Map([["m", [target("secret")]]]) } },
    }),
  );
}

const refused: readonly (readonly [string, Partial<Call>, string])[] = [
  ["a group outside its list", { model: "secret" }, "model"],
  ["a name that does not exist", { model: "nonesuch" }, "model"],
  ["a deployment's id", { model: "secret-id" }, "model"],
  ["a deployment's address", { model: "openai/secret" }, "model"],
  ["a fallback of its own", { fallbacks: [target("m"), target("secret")] }, "fallbacks"],
  ["a fallback for long prompts", { contextWindowFallbacks: new Map([["m", [target("secret")]]]) }, "context_window_fallbacks"],
  ["a fallback for refused content", { contentPolicyFallbacks: new Map([["m", [target("nonesuch")]]]) }, "content_policy_fallbacks"],
];

for (const [what, over, param] of refused) {
  test(`a key may not name ${what}, and learns nothing of whether it exists`, async () => {
    const fixture = fixtureOf();
    const { error } = await fixture.run({ caller: callerKeyOf("team", { models: ["m"] }), ...over });
    assert.equal(error?.code, "permission_denied");
    assert.equal(error.param, param);
    assert.match(error.message, /^The key "team" may not use the model "[^"]+"\. The list of models/);
    assert.equal(fixture.upstream.hits.length, 0);
    assert.equal(fixture.router.keyUsage("team").usedRpm, 0);
  });
}

test("the operator's own fallbacks are open to every key", async () => {
  const fixture = fixtureOf();
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  const sink = await fixture.run({ caller: callerKeyOf("team", { models: ["m"] }), numRetries: 0 });
  assert.equal(sink.route?.group, "secret");
});

test("a key without a list may use everything", async () => {
  assert.equal((await fixtureOf().run({ caller: callerKeyOf("team"), model: "secret-id" })).error, undefined);
});

test("a fallback with tags of its own does not shed the key's", async () => {
  const fixture = new CoreFixture(
    tableSource([deployment("a"), deployment("eu", { group: "other", tags: ["eu"] }), deployment("us", { group: "other", tags: ["us"] })], {
      settings: { ...defaultRouterSettings, tagFiltering: { enabled: true, matchAny: false } },
    }),
  );
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  const caller = callerKeyOf("team", { tags: ["!us"] });
  const sink = await fixture.run({
    caller,
    tags: [],
    numRetries: 0,
    fallbacks: [{ model: "other", amend: (call) => ({ ...call, tags: ["us"] }) }],
  });
  assert.notEqual(sink.route?.deploymentId, "us");
  assert.equal(fixture.upstream.hitsOf("us").length, 0);
});
