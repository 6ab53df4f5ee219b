import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../src/core/call.ts";
import type { Endpoint } from "../../../src/core/endpoints.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

function fixtureOf(deployments: readonly Deployment[]): CoreFixture {
  return new CoreFixture(tableSource(deployments, { settings: { ...defaultRouterSettings, numRetries: 0 } }));
}

async function served(fixture: CoreFixture, over: Partial<Call> = {}): Promise<string | undefined> {
  const { sink } = fixture.start(over);
  fixture.clock.advance(0);
  await Promise.resolve();
  return sink.error?.code ?? sink.route?.deploymentId;
}

for (const endpoint of ["embeddings", "completions"] as const satisfies readonly Endpoint[]) {
  test(`a host without ${endpoint} cools down for these alone, and comes back by a probe of these`, async () => {
    const fixture = fixtureOf([deployment("a")]);
    fixture.upstream.script("a", { kind: "reply", status: 404 }, { kind: "reply" });
    assert.equal(await served(fixture, { endpoint }), "upstream_not_found");
    assert.equal(await served(fixture, { endpoint }), "no_capacity");
    assert.equal(await served(fixture), "a", "chat goes on");
    const status = fixture.router.deployments()[0];
    assert.equal(status?.eligibility, "cooling_down", "operators see it");
    assert.match(status.detail, new RegExp(`model or path not found\\) of ${endpoint}`));
    fixture.clock.advance(5_000);
    assert.equal(await served(fixture), "a", "chat is no probe for it");
    assert.equal(fixture.router.deployments()[0]?.detail, "The next call shows whether it is well again.");
    assert.equal(await served(fixture, { endpoint }), "a");
    assert.notEqual(fixture.router.deployments()[0]?.eligibility, "cooling_down");
    assert.equal(fixture.router.deployments()[0]?.failures, 1);
  });
}

test("an operator ends the cooldown of every endpoint at once", async () => {
  const fixture = fixtureOf([deployment("a")]);
  fixture.upstream.script("a", { kind: "reply", status: 404 }, { kind: "reply" });
  await served(fixture, { endpoint: "embeddings" });
  assert.equal(fixture.router.resetCooldown("a"), true);
  assert.equal(await served(fixture, { endpoint: "embeddings" }), "a");
});
