import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../src/core/call.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import type { CooldownSettings } from "../../../src/core/router-settings.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

function fixtureOf(deployments: readonly Deployment[], cooldown: Partial<CooldownSettings> = {}): CoreFixture {
  const settings = { ...defaultRouterSettings, numRetries: 0, cooldown: { ...defaultRouterSettings.cooldown, ...cooldown } };
  return new CoreFixture(tableSource(deployments, { settings }));
}

function stateOf(fixture: CoreFixture, id: string): string | undefined {
  return fixture.router.deployments().find((status) => status.id === id)?.eligibility;
}

/** Twenty calls that are answered in 100 ms, so that it is known how long calls take there. */
async function knownFixture(cooldown: Partial<CooldownSettings> = {}): Promise<CoreFixture> {
  const fixture = fixtureOf([deployment("a"), deployment("b")], cooldown);
  fixture.upstream.script("a", { kind: "reply", afterMs: 100 });
  for (let count = 0; count < 20; count++) await fixture.run();
  return fixture;
}

test("callers whose own timeouts are short cool nothing down, whatever allowed_fails says", async () => {
  for (const over of [{ timeoutMs: 150 }, { stream: true, streamTimeoutMs: 150 }]) {
    const fixture = await knownFixture({ allowedFails: 0 });
    fixture.upstream.script("a", { kind: "reply", afterMs: 180 }, { kind: "hang" });
    for (let count = 0; count < 10; count++) {
      const sink = await fixture.run(over);
      assert.equal(sink.error?.code, "upstream_timeout");
    }
    assert.equal(stateOf(fixture, "a"), "eligible");
    assert.equal(fixture.router.deployments()[0]?.failures, 0);
  }
  const unknown = fixtureOf([deployment("a"), deployment("b")], { allowedFails: 0 });
  unknown.upstream.script("a", { kind: "hang" });
  for (let count = 0; count < 10; count++) await unknown.run({ timeoutMs: 400 });
  assert.equal(stateOf(unknown, "a"), "eligible", "nobody knows yet how long calls take there");
});

test("a deployment that hangs is told by its own p95, though only its callers' patience runs out", async () => {
  const waits: Partial<Call>[] = [{ timeoutMs: 400 }, { stream: true, streamTimeoutMs: 400 }];
  for (const over of waits) {
    const fixture = await knownFixture();
    fixture.upstream.script("a", { kind: "hang" });
    for (let count = 0; count < 3; count++) {
      assert.equal(stateOf(fixture, "a"), "eligible");
      await fixture.run(over);
    }
    assert.equal(stateOf(fixture, "a"), "cooling_down");
    assert.match(fixture.router.deployments()[0]?.detail ?? "", /too slow/);
    fixture.clock.advance(5_000);
    await fixture.run(over);
    assert.equal(stateOf(fixture, "a"), "cooling_down", "the probe hung too");
  }
  const byDeadline = await knownFixture();
  byDeadline.upstream.script("a", { kind: "hang" });
  for (let count = 0; count < 3; count++) await byDeadline.run({ deadline: byDeadline.clock.now() + 400 });
  assert.equal(stateOf(byDeadline, "a"), "cooling_down");
});

test("callers who hang up tell the same, but not where anybody else was answered meanwhile", async () => {
  const fixture = await knownFixture();
  fixture.upstream.script("a", { kind: "hang" });
  const hangUp = (): void => {
    const { handle } = fixture.start();
    fixture.clock.advance(300);
    handle.cancel();
  };
  hangUp();
  hangUp();
  fixture.upstream.script("a", { kind: "hang" }, { kind: "reply", afterMs: 100 }, { kind: "hang" });
  const { handle } = fixture.start();
  fixture.clock.advance(10);
  fixture.start();
  fixture.clock.advance(300);
  handle.cancel();
  assert.equal(stateOf(fixture, "a"), "eligible");
  hangUp();
  hangUp();
  assert.equal(stateOf(fixture, "a"), "eligible", "the count began anew");
  hangUp();
  assert.equal(stateOf(fixture, "a"), "cooling_down");
});
