import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "../../../src/core/deployment.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { fakeAdapter } from "../../support/fake-adapter.ts";

function fixtureOf(deployments: readonly Deployment[] = [deployment("a"), deployment("b")], resumeStreams = true): CoreFixture {
  const settings = { ...defaultRouterSettings, resumeStreams, streamIdleTimeoutMs: 1_000, streamTimeoutMs: 1_000 };
  return new CoreFixture(tableSource(deployments, { settings }));
}

function cannot(id: string): Deployment {
  return deployment(id, { adapter: { ...fakeAdapter(id), continuation: undefined } });
}

const rest = { kind: "stream", chunks: ["preamble\n", "content c\n", "finish\n", "done\n"] } as const;
const whole = ["start", "preamble", "content a", "content b", "content c", "finish resumed from a by b", "done", "end"];

test("a stream that is cut, or falls silent, is gone on with by a sibling from what the caller has", async () => {
  for (const end of ["end", "break", "hang"] as const) {
    const fixture = fixtureOf();
    fixture.upstream.script("a", { kind: "stream", chunks: ["preamble\n", "content a\ncontent b\n"], end }).script("b", rest);
    const sink = await fixture.run({ stream: true });
    assert.deepEqual(sink.log, whole);
    assert.equal(fixture.upstream.hitsOf("b")[0]?.body, "resume after ab");
    assert.deepEqual([fixture.router.inFlight, fixture.clock.pending], [0, 0]);
    assert.deepEqual(
      fixture.router.deployments().map((one) => [one.successes, one.failures]),
      [
        [0, 1],
        [1, 0],
      ],
    );
  }
});

test("without the setting, a cut stays a cut", async () => {
  const fixture = fixtureOf(undefined, false);
  fixture.upstream.script("a", { kind: "stream", chunks: ["content a\n"], end: "break" });
  assert.deepEqual((await fixture.run({ stream: true })).log, ["start", "content a", "failure stream_interrupted"]);
});

test("what is more than text, no deployment that can, and no retry left: the caller hears of the first cut", async () => {
  const cases: readonly [readonly Deployment[], readonly string[], number | undefined][] = [
    [[deployment("a"), deployment("b")], ["content a\n", "content tool\n"], undefined],
    [[deployment("a"), cannot("b")], ["content a\n"], undefined],
    [[deployment("a"), deployment("b")], ["content a\n"], 0],
  ];
  for (const [deployments, chunks, numRetries] of cases) {
    const fixture = fixtureOf(deployments);
    fixture.upstream.script("a", { kind: "stream", chunks, end: "break" });
    const sink = await fixture.run({ stream: true, numRetries });
    assert.equal(sink.log.at(-1), "failure stream_interrupted");
    assert.equal(fixture.upstream.hits.length, 1);
  }
});

test("a deployment that fails to go on is followed by the next; when all do, the first cut is told", async () => {
  const three = [deployment("a"), deployment("b"), deployment("c")];
  const fixture = fixtureOf(three);
  fixture.upstream
    .script("a", { kind: "stream", chunks: ["content a\n"], end: "break" })
    .script("b", { kind: "refuse" })
    .script("c", rest);
  const sink = await fixture.run({ stream: true });
  assert.deepEqual(sink.log, ["start", "content a", "content c", "finish resumed from b by c", "done", "end"]);
  assert.equal(fixture.upstream.hitsOf("c")[0]?.body, "resume after a");
  const none = fixtureOf(three);
  none.upstream
    .script("a", { kind: "stream", chunks: ["content a\n"], end: "break" })
    .script("b", { kind: "refuse" })
    .script("c", { kind: "reply", status: 500 });
  const failed = await none.run({ stream: true });
  assert.equal(failed.error?.code, "stream_interrupted");
  assert.deepEqual([none.router.inFlight, none.clock.pending], [0, 0]);
});

test("who began the answer need not be able to resume one", async () => {
  const fixture = fixtureOf([cannot("a"), deployment("b")]);
  fixture.upstream.script("a", { kind: "stream", chunks: ["preamble\n", "content a\ncontent b\n"], end: "break" }).script("b", rest);
  assert.deepEqual((await fixture.run({ stream: true })).log, whole);
});

test("a second cut is resumed from all that the caller has by then", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b"), deployment("c")]);
  fixture.upstream
    .script("a", { kind: "stream", chunks: ["content a\n"], end: "break" })
    .script("b", { kind: "stream", chunks: ["preamble\n", "content b\n"], end: "break" })
    .script("c", rest);
  await fixture.run({ stream: true });
  assert.equal(fixture.upstream.hitsOf("c")[0]?.body, "resume after ab");
});

test("a caller that hangs up while its stream is being resumed frees everything", async () => {
  const fixture = fixtureOf();
  fixture.upstream.script("a", { kind: "stream", chunks: ["content a\n"], end: "break" }).script("b", { kind: "hang" });
  const { handle } = fixture.start({ stream: true });
  fixture.clock.advance(10);
  handle.cancel();
  assert.deepEqual([fixture.router.inFlight, fixture.clock.pending], [0, 0]);
});
