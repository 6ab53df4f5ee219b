import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import type { RouteInfo } from "../../../src/core/reply-sink.ts";
import type { RouterSettings } from "../../../src/core/router-settings.ts";
import { callOf, CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import type { Behaviour } from "../../support/fake-upstream.ts";
import { RecordingSink } from "../../support/recording-sink.ts";

const chunks = ["preamble\n", "content a\n", "finish\n", "done\n"];

/** Notes when signs of life are asked for, in seconds since it was made. */
class PingedSink extends RecordingSink {
  readonly pings: number[] = [];
  endRoute: RouteInfo | undefined;
  readonly #since: number;
  readonly #fixture: CoreFixture;

  constructor(fixture: CoreFixture) {
    super();
    this.#fixture = fixture;
    this.#since = fixture.clock.now();
  }

  onPing(): void {
    this.pings.push((this.#fixture.clock.now() - this.#since) / 1_000);
    if (this.outcomes > 0) throw new Error("a sign of life after the end");
  }

  override onStreamEnd(route?: RouteInfo): void {
    this.endRoute = route;
    super.onStreamEnd();
  }
}

function fixtureOf(deployments: readonly Deployment[], over: Partial<RouterSettings> = {}): CoreFixture {
  return new CoreFixture(tableSource(deployments, { settings: { ...defaultRouterSettings, ...over } }));
}

function start(fixture: CoreFixture, over: Parameters<typeof callOf>[0] = {}) {
  const sink = new PingedSink(fixture);
  const handle = fixture.router.start(callOf({ stream: true, arrivedAt: fixture.clock.now(), ...over }), sink);
  return { sink, handle };
}

function assertAtRest(fixture: CoreFixture): void {
  assert.deepEqual([fixture.router.inFlight, fixture.clock.pending, fixture.internalErrors], [0, 0, []]);
}

test("a deployment hangs for 40 s, the caller has signs of life, and another answers as if nothing had been", async () => {
  const fixture = fixtureOf([deployment("hangs"), deployment("answers")], { streamTimeoutMs: 40_000 });
  fixture.upstream.script("hangs", { kind: "hang" }).script("answers", { kind: "stream", chunks });
  const { sink } = start(fixture);
  await fixture.settle();
  assert.deepEqual(sink.pings, [15, 30]);
  assert.deepEqual(sink.log, ["start", "preamble", "content a", "finish", "done", "end"]);
  assert.deepEqual([sink.endRoute?.deploymentId, sink.endRoute?.attemptedRetries, sink.endRoute?.trace.length], ["answers", 1, 2]);
  assertAtRest(fixture);
});

function after(seconds: number): Behaviour {
  return { kind: "stream", firstMs: seconds * 1_000, chunks };
}

test("a caller's interval counts where the deployment lets it, within 1 to 300 s, and never over a 0 of the deployment's", async () => {
  const lets = { takesCallersKeepalive: true };
  const rows: readonly [over: Partial<Deployment>, keepaliveMs: number | undefined, pings: readonly number[]][] = [
    [{}, 30_000, [20, 40]],
    [lets, undefined, [20, 40]],
    [lets, 30_000, [30]],
    [{ ...lets, keepaliveMs: 10_000 }, 30_000, [30]],
    [lets, 0, []],
    [{ ...lets, keepaliveMs: 0 }, 30_000, []],
    [lets, 1_000_000, []],
  ];
  for (const [over, keepaliveMs, pings] of rows) {
    const fixture = fixtureOf([deployment("a", over)], { keepaliveMs: 20_000 });
    fixture.upstream.script("a", after(40.5));
    const { sink } = start(fixture, { keepaliveMs });
    await fixture.settle();
    assert.deepEqual(sink.pings, pings, JSON.stringify([over, keepaliveMs]));
    assertAtRest(fixture);
  }
  const fixture = fixtureOf([deployment("a", lets)]);
  fixture.upstream.script("a", after(3.5));
  const { sink } = start(fixture, { keepaliveMs: 1 });
  await fixture.settle();
  assert.deepEqual(sink.pings, [1, 2, 3]);
});

test("which interval holds, and from when: the router's, the present deployment's; retries, waits and the queue count", async () => {
  const rows: readonly [name: string, over: Partial<RouterSettings>, deployments: readonly Deployment[], pings: readonly number[]][] = [
    ["before the interval nothing is sent", { keepaliveMs: 41_000 }, [deployment("a")], []],
    ["the interval is the router's", { keepaliveMs: 10_000 }, [deployment("a")], [10, 20, 30, 40]],
    ["0 sends none", { keepaliveMs: 0 }, [deployment("a")], []],
    ["the deployment's wins", { keepaliveMs: 10_000 }, [deployment("a", { keepaliveMs: 20_000 })], [20, 40]],
    ["its 0 too", { keepaliveMs: 10_000 }, [deployment("a", { keepaliveMs: 0 })], []],
    ["and holds where the router sends none", { keepaliveMs: 0 }, [deployment("a", { keepaliveMs: 30_000 })], [30]],
    [
      "for as long as that one is asked",
      { keepaliveMs: 15_000, streamTimeoutMs: 39_000 },
      [deployment("hangs", { keepaliveMs: 6_000 }), deployment("b", { streamTimeoutMs: 60_000 })],
      [6, 12, 18, 24, 30, 36, 51, 66],
    ],
  ];
  for (const [name, over, deployments, pings] of rows) {
    const fixture = fixtureOf(deployments, over);
    fixture.upstream.script("hangs", { kind: "hang" }).script("a", after(40.5)).script("b", after(40));
    const { sink } = start(fixture);
    await fixture.settle();
    assert.deepEqual([sink.pings, sink.log.at(-1)], [pings, "end"], name);
    assertAtRest(fixture);
  }
});

test("the clock starts when the request is whole, and the time in the queue counts", async () => {
  const fixture = fixtureOf([deployment("a", { maxParallelRequests: 1 })], { queue: { timeoutMs: 60_000, size: 10 } });
  fixture.upstream.script("a", { kind: "stream", firstMs: 20_000, chunks }, { kind: "stream", chunks });
  start(fixture);
  const { sink } = start(fixture, { arrivedAt: fixture.clock.now() - 5_000 });
  fixture.clock.advance(20_000);
  await Promise.resolve();
  await Promise.resolve();
  await fixture.settle();
  assert.deepEqual([sink.pings, sink.log.at(-1)], [[10], "end"]);
  assertAtRest(fixture);
});

test("a stream that has begun is kept alive in its silences, and told nothing at the end that its headers told", async () => {
  const fixture = fixtureOf([deployment("a")]);
  fixture.upstream.script("a", { kind: "stream", gapMs: 20_000, chunks: ["content a\n", "content b\n", "finish\ndone\n"] });
  const { sink } = start(fixture);
  await fixture.settle();
  assert.deepEqual([sink.pings, sink.log.at(-1), sink.endRoute], [[15, 35], "end", undefined]);
  assertAtRest(fixture);
});

test("an error before the first sign of life has the call's route, and so has one after it", async () => {
  for (const [streamTimeoutMs, pings] of [
    [14_000, []],
    [16_000, [15]],
  ] as const) {
    const fixture = fixtureOf([deployment("a")], { streamTimeoutMs, numRetries: 0 });
    fixture.upstream.script("a", { kind: "hang" });
    const { sink } = start(fixture);
    await fixture.settle();
    assert.deepEqual([sink.pings, sink.log, sink.route?.deploymentId], [pings, ["failure upstream_timeout"], "a"]);
    assertAtRest(fixture);
  }
});

test("a caller that hangs up, a unary call, and a sink without signs of life leave no timer", async () => {
  const fixture = fixtureOf([deployment("a")]);
  fixture.upstream.script("a", { kind: "hang" });
  const { sink, handle } = start(fixture);
  fixture.clock.advance(20_000);
  handle.cancel();
  assert.deepEqual(sink.pings, [15]);
  assertAtRest(fixture);
  const unary = start(fixture, { stream: false });
  await fixture.settle();
  assert.deepEqual(unary.sink.pings, []);
  await fixture.run({ stream: true });
  assertAtRest(fixture);
});

test("a sign of life that cannot be written ends the call", async () => {
  const fixture = fixtureOf([deployment("a")]);
  fixture.upstream.script("a", { kind: "hang" });
  const { sink } = start(fixture);
  sink.onPing = () => {
    throw new Error("no more");
  };
  await fixture.settle(60_000);
  assert.deepEqual(sink.log, ["failure internal"]);
  assert.deepEqual([fixture.router.inFlight, fixture.clock.pending], [0, 0]);
});
