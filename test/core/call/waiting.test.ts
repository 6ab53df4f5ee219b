import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

const down = { kind: "reply", status: 500 } as const;
const fallbacks = { ...defaultRouterSettings.fallbacks, generic: new Map([["a", [{ model: "b", amend: undefined }]]]) };

test("a group that fails and is at its limit is left at once for a healthy fallback", async () => {
  const settings = { ...defaultRouterSettings, fallbacks };
  const fixture = new CoreFixture(tableSource([deployment("a", { group: "a", rpm: 2 }), deployment("b", { group: "b" })], { settings }));
  fixture.upstream.script("a", down, down, down);
  const begun = fixture.clock.now();
  const { sink } = fixture.start({ model: "a" });
  fixture.clock.advance(100);
  await Promise.resolve();
  fixture.clock.advance(0);
  assert.equal(sink.route?.group, "b");
  assert.ok(fixture.clock.now() - begun <= 100);
});

test("a lone deployment at its limit is not waited for longer than a wait can last", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { rpm: 1 })]));
  fixture.upstream.script("a", down, down);
  const { sink } = fixture.start();
  // The limit gives way after a minute, and looks end after half of one.
  fixture.clock.advance(100);
  assert.equal(sink.error?.code, "upstream_error");
});

test("a wait that can lead to an attempt only after the deadline is not begun", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { cooldownMs: 20_000 })]));
  fixture.upstream.script("a", { kind: "reply", status: 401 });
  const begun = fixture.clock.now();
  const { sink } = fixture.start({ deadline: begun + 10_000 });
  fixture.clock.advance(0);
  await Promise.resolve();
  fixture.clock.advance(50);
  assert.notEqual(sink.error, undefined);
});
