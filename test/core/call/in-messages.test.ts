import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

const messages = { flowTo() {}, resume() {} };
const hour = 60 * 60_000;

test("who speaks may think for long: a silence does not end a conversation in messages, its time does", async () => {
  const settings = { ...defaultRouterSettings, streamTimeoutMs: 1_000, streamIdleTimeoutMs: 1_000 };
  const fixture = new CoreFixture(tableSource([deployment("a", { group: "m" })], { settings }));
  fixture.upstream.script("a", { kind: "stream", chunks: ["content hello\n"], end: "hang" });
  const deadline = fixture.clock.now() + hour;
  const sink = await fixture.run({ stream: true, endpoint: "realtime", answers: 0, messages, deadline });
  assert.equal(sink.error?.code, "deadline_exceeded");
  assert.ok(fixture.clock.now() >= deadline);
  assert.equal(fixture.router.deployments()[0]?.failures, 0);
});

test("a deployment that opens no conversation in time is followed by another one", async () => {
  const settings = { ...defaultRouterSettings, streamTimeoutMs: 1_000, numRetries: 1 };
  const fixture = new CoreFixture(tableSource([deployment("a", { group: "m" }), deployment("b", { group: "m" })], { settings }));
  fixture.upstream.otherwise({ kind: "stream", chunks: ["content hello\n", "finish\n"], end: "end" }).script("a", { kind: "hang" });
  const { sink } = fixture.start({ stream: true, endpoint: "realtime", answers: 0, messages });
  await fixture.settle();
  assert.equal(sink.error, undefined);
  assert.equal(sink.route?.deploymentId, "b");
});
