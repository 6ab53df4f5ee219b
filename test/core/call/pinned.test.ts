import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { callOf, CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

const fallbacks = { ...defaultRouterSettings.fallbacks, generic: new Map([["m", [{ model: "other", amend: undefined }]]]) };
const settings = { ...defaultRouterSettings, numRetries: 2, fallbacks };
const deployments = [
  deployment("a", { group: "m" }),
  deployment("b", { group: "m" }),
  deployment("star", { group: "x/*", upstreamModel: "y/*" }),
  deployment("c", { group: "other" }),
];

test("a pinned call goes to the deployment that keeps what it names, cooling down or not", async () => {
  const fixture = new CoreFixture(tableSource(deployments, { settings: { ...settings, numRetries: 0 } }));
  fixture.upstream.script("b", { kind: "reply", status: 401 }, { kind: "reply", body: "{}" });
  assert.equal((await fixture.run({ pinnedTo: "b" })).error?.code, "upstream_auth");
  for (let call = 0; call < 5; call++) assert.equal((await fixture.run({ pinnedTo: "b" })).route?.deploymentId, "b");
});

test("a pinned call that fails goes nowhere else", async () => {
  const fixture = new CoreFixture(tableSource(deployments, { settings }));
  fixture.upstream.script("b", { kind: "reply", status: 500 });
  const { error, route } = await fixture.run({ pinnedTo: "b" });
  assert.equal(error?.code, "upstream_error");
  assert.deepEqual(new Set(route?.trace.map(({ deploymentId }) => deploymentId)), new Set(["b"]));
});

test("a pinned call under a wildcard is sent the model that it was made with", async () => {
  const fixture = new CoreFixture(tableSource(deployments, { settings }));
  await fixture.run({ model: "x/small", pinnedTo: "star" });
  assert.equal(fixture.upstream.hits.at(-1)?.path, "/y/small");
});

test("what a deployment kept that is no longer there is said to be gone", async () => {
  const fixture = new CoreFixture(tableSource(deployments, { settings }));
  const { error } = await fixture.run({ pinnedTo: "gone" });
  assert.equal(error?.code, "not_found");
  assert.match(error.message, /no longer configured/);
});

const accounts = [
  deployment("a", { keeper: "one" }),
  deployment("b", { keeper: "two" }),
  deployment("c", { keeper: "one" }),
  deployment("d", { group: "other", keeper: "one" }),
  deployment("e", { group: "third", keeper: "three" }),
];

test("a model is asked at the account that keeps what the call names: where one deployment fails, another of the account serves", async () => {
  const fixture = new CoreFixture(tableSource(accounts, { settings }));
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  const { route } = await fixture.run({ pinnedTo: "a" });
  assert.deepEqual(
    route?.trace.map(({ deploymentId }) => deploymentId),
    ["a", "c"],
  );
});

test("another model of the same account may be asked", async () => {
  const fixture = new CoreFixture(tableSource(accounts, { settings }));
  assert.equal((await fixture.run({ model: "other", pinnedTo: "a" })).route?.deploymentId, "d");
});

test("a model that no deployment of the account serves is refused, and names itself", async () => {
  const fixture = new CoreFixture(tableSource(accounts, { settings }));
  const { error } = await fixture.run({ model: "third", pinnedTo: "a" });
  assert.deepEqual([error?.code, error?.param], ["invalid_request", "model"]);
});

for (const [what, pinnedTo, model] of [
  ["whose deployment is gone", "gone", "m"],
  ["whose account does not serve the model", "a", "third"],
] as const) {
  test(`a call ${what} goes elsewhere without its pin, where it can`, async () => {
    const fixture = new CoreFixture(tableSource(accounts, { settings }));
    const plain = callOf({ model });
    const { error, route } = await fixture.run({ model, pinnedTo, withoutPin: () => plain });
    assert.deepEqual([error, route?.deploymentId], [undefined, model === "m" ? "a" : "e"]);
  });
}

test("what is kept is looked at where it is kept alone, whatever the model leads to by now", async () => {
  const fixture = new CoreFixture(tableSource(accounts, { settings }));
  const resource = { method: "GET", path: "/responses/resp_1" } as const;
  const { route } = await fixture.run({ model: "third", endpoint: "kept", pinnedTo: "c", resource });
  assert.equal(route?.deploymentId, "c");
});
