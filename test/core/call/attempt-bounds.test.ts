import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { attemptBounds } from "../../../src/core/call/attempt-bounds.ts";
import type { Call } from "../../../src/core/call.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import type { RouterSettings } from "../../../src/core/router-settings.ts";
import { callOf, CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import type { Behaviour } from "../../support/fake-upstream.ts";

type Times = Partial<Pick<RouterSettings, "timeoutMs" | "streamTimeoutMs" | "streamIdleTimeoutMs" | "streamTotalTimeoutMs">>;
type OfOne = Partial<Pick<Call & Deployment, "timeoutMs" | "streamTimeoutMs">>;

test("which setting bounds what, and who set it", () => {
  const none = Number.POSITIVE_INFINITY;
  const rows: readonly [stream: boolean, router: Times, deployment: OfOne, caller: OfOne, whole: string, content: string, gap: string][] = [
    [false, {}, {}, {}, "600000 default", `${none}`, `${none}`],
    [false, { timeoutMs: 30 }, {}, {}, "30 operator", `${none}`, `${none}`],
    [false, { timeoutMs: 30 }, { timeoutMs: 20 }, {}, "20 operator", `${none}`, `${none}`],
    [false, { timeoutMs: 30 }, { timeoutMs: 20 }, { timeoutMs: 10 }, "10 caller", `${none}`, `${none}`],
    [false, { streamTimeoutMs: 1, streamIdleTimeoutMs: 1, streamTotalTimeoutMs: 1 }, {}, {}, "600000 default", `${none}`, `${none}`],
    [true, {}, {}, {}, `${none}`, "600000 default", "300000 default"],
    [true, { timeoutMs: 30 }, {}, {}, `${none}`, "30 operator", "30 operator"],
    [true, {}, {}, { timeoutMs: 10 }, `${none}`, "10 caller", "10 caller"],
    [true, { timeoutMs: 30, streamTimeoutMs: 9 }, {}, {}, `${none}`, "9 operator", "9 operator"],
    [true, { streamTimeoutMs: 9 }, { streamTimeoutMs: 8 }, {}, `${none}`, "8 operator", "8 operator"],
    [true, { streamTimeoutMs: 9 }, { streamTimeoutMs: 8 }, { streamTimeoutMs: 7 }, `${none}`, "7 caller", "7 caller"],
    [true, { streamTimeoutMs: 9 }, {}, { timeoutMs: 3 }, `${none}`, "9 operator", "9 operator"],
    [true, { streamTimeoutMs: 9, streamIdleTimeoutMs: 5 }, {}, { streamTimeoutMs: 7 }, `${none}`, "7 caller", "5 operator"],
    [true, { streamIdleTimeoutMs: 5 }, {}, {}, `${none}`, "600000 default", "5 operator"],
    [true, { streamTotalTimeoutMs: 70 }, {}, {}, "70 operator", "600000 default", "300000 default"],
  ];
  for (const [stream, router, ofDeployment, ofCaller, whole, content, gap] of rows) {
    const settings = { ...defaultRouterSettings, ...router };
    const bounds = attemptBounds(callOf({ stream, ...ofCaller }), deployment("a", ofDeployment), settings);
    const told = (ms: number, by: string): string => (ms === none ? `${ms}` : `${ms} ${by}`);
    assert.deepEqual(
      [told(bounds.wholeMs, bounds.wholeBy), told(bounds.contentMs, bounds.contentBy), told(bounds.gapMs, bounds.gapBy)],
      [whole, content, gap],
      JSON.stringify([stream, router, ofDeployment, ofCaller]),
    );
  }
});

/** Pieces of text 500 ms apart for 8 s. */
const flowing: Behaviour = {
  kind: "stream",
  gapMs: 500,
  chunks: [...Array.from({ length: 16 }, (_, index) => `content ${index}\n`), "finish\n", "done\n"],
};
const text = ["content a\n", "content b\n", "finish\n", "done\n"];

/** What becomes of one stream, and when. */
const streams: readonly [name: string, router: Times, caller: OfOne, upstream: Behaviour, last: string, atMs: number][] = [
  ["timeout does not cut a stream that flows", { timeoutMs: 3_000 }, {}, flowing, "end", 8_500],
  ["nor does the caller's own", {}, { timeoutMs: 3_000 }, flowing, "end", 8_500],
  ["nor does stream_timeout", { streamTimeoutMs: 3_000 }, {}, flowing, "end", 8_500],
  ["stream_total_timeout does", { streamTotalTimeoutMs: 3_100 }, {}, flowing, "failure upstream_timeout", 3_100],
  [
    "a gap over stream_timeout cuts",
    { streamTimeoutMs: 900 },
    {},
    { kind: "stream", gapMs: 1_000, chunks: text },
    "failure upstream_timeout",
    900,
  ],
  ["a gap over timeout cuts", { timeoutMs: 900 }, {}, { kind: "stream", gapMs: 1_000, chunks: text }, "failure upstream_timeout", 900],
  [
    "stream_idle_timeout wins over both for gaps",
    { timeoutMs: 100, streamTimeoutMs: 900, streamIdleTimeoutMs: 2_000 },
    {},
    { kind: "stream", gapMs: 1_000, chunks: text },
    "end",
    3_000,
  ],
  [
    "any bytes end a gap, half an event and comments too",
    { streamTimeoutMs: 900 },
    {},
    { kind: "stream", gapMs: 800, chunks: ["content a\n", "ping\n", "cont", "ent ", "b\n", "finish\n", "done\n"] },
    "end",
    4_800,
  ],
  [
    "silence for ever ends by itself",
    {},
    {},
    { kind: "stream", chunks: ["content a\n"], end: "hang" },
    "failure upstream_timeout",
    300_000,
  ],
];
test("a stream's time: timeout does not cut one that flows, and every silence is bounded", async () => {
  for (const [name, router, caller, upstream, last, atMs] of streams) {
    const fixture = new CoreFixture(tableSource([deployment("a")], { settings: { ...defaultRouterSettings, numRetries: 0, ...router } }));
    fixture.upstream.script("a", upstream);
    const began = fixture.clock.now();
    const { sink } = fixture.start({ stream: true, ...caller });
    fixture.clock.advance(atMs - 1);
    assert.equal(sink.outcomes, 0, name);
    fixture.clock.advance(1);
    assert.deepEqual([sink.log.at(-1), fixture.clock.now() - began], [last, atMs], name);
    await fixture.settle();
    assert.deepEqual([fixture.router.inFlight, fixture.clock.pending], [0, 0], name);
  }
});

test("the wait for the first content is ended by nothing but content", async () => {
  for (const settings of [{ streamTimeoutMs: 2_000 }, { timeoutMs: 2_000 }]) {
    const fixture = new CoreFixture(
      tableSource([deployment("slow"), deployment("good")], { settings: { ...defaultRouterSettings, ...settings } }),
    );
    const chunks = ["preamble\n", ...Array.from({ length: 30 }, () => "ping\n"), "content late\n"];
    fixture.upstream.script("slow", { kind: "stream", gapMs: 100, chunks }).script("good", { kind: "stream", chunks: text });
    const sink = await fixture.run({ stream: true });
    assert.deepEqual([sink.route?.deploymentId, fixture.upstream.hitsOf("good")[0]?.at], ["good", 1_002_000]);
  }
});

test("a unary call's timeout bounds its whole answer, however it comes", async () => {
  const settings = { ...defaultRouterSettings, timeoutMs: 1_000, streamTimeoutMs: 10, streamIdleTimeoutMs: 10 };
  for (const [afterMs, expected] of [
    [999, "reply"],
    [1_001, "failure upstream_timeout"],
  ] as const) {
    const fixture = new CoreFixture(tableSource([deployment("a", { numRetries: 0 })], { settings }));
    fixture.upstream.script("a", { kind: "reply", afterMs });
    assert.deepEqual((await fixture.run()).log, [expected]);
  }
});

test("a caller that reads nothing of its stream for ten minutes is let go, and the deployment is not blamed", () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "stream", chunks: text });
  const { sink } = fixture.start({ stream: true });
  sink.pauseAfter = 1;
  fixture.clock.advance(599_000);
  assert.equal(sink.outcomes, 0);
  fixture.clock.advance(2_000);
  assert.match(sink.error?.message ?? "", /read nothing/);
  assert.deepEqual([fixture.router.deployments()[0]?.failures, fixture.router.inFlight, fixture.clock.pending], [0, 0, 0]);
});

test("one timer watches a stream, however many pieces it has", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  let scheduled = 0;
  const { clock } = fixture;
  fixture.upstream.script("a", {
    kind: "stream",
    chunks: [Array.from({ length: 500 }, () => "content x\n").join(""), "finish\n", "done\n"],
  });
  const schedule = clock.schedule.bind(clock);
  clock.schedule = (delayMs, task) => (delayMs >= 1_000 && scheduled++, schedule(delayMs, task));
  await fixture.run({ stream: true });
  assert.ok(scheduled <= 3, `${scheduled} timers`);
});
