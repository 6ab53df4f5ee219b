import assert from "node:assert/strict";
import { test } from "node:test";
import type { Strategy } from "../../../src/core/strategy.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

const stream = ["preamble\n", "content a\n", "content b\n", "finish\n", "done\n"];

function atRest(fixture: CoreFixture): void {
  assert.equal(fixture.router.inFlight, 0, "attempts in flight at rest");
  assert.equal(fixture.clock.pending, 0, "timers at rest");
  assert.deepEqual(fixture.internalErrors, []);
}

test("a reply goes to the caller with the deployment that gave it", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  const sink = await fixture.run();
  assert.match(sink.reply ?? "", /"model":"upstream"/);
  assert.deepEqual(sink.route, {
    deploymentId: "a",
    group: "m",
    attemptedRetries: 0,
    attemptedFallbacks: 0,
    adjusted: undefined,
    overheadMs: 0,
    costUsd: undefined,
    keySpendUsd: undefined,
    rateLimits: undefined,
    trace: [{ deploymentId: "a", group: "m", outcome: "success", ms: 0 }],
  });
  atRest(fixture);
});

test("an unknown model is an error that names it", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  const sink = await fixture.run({ model: "nope" });
  assert.equal(sink.error?.code, "model_not_found");
  assert.match(sink.error.message, /"nope"/);
});

test("the sink is never called from within start", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { rpm: 1 })]));
  await fixture.run();
  for (const model of ["m", "nope"]) {
    const { sink } = fixture.start({ model });
    assert.deepEqual(sink.log, []);
    await Promise.resolve();
    assert.equal(sink.outcomes, 1);
  }
});

test("a deployment that fails is followed by another at once", async () => {
  for (const bad of [
    { kind: "refuse" },
    { kind: "break" },
    { kind: "reply", status: 500 },
    { kind: "reply", status: 429, headers: { "retry-after": "30" } },
    { kind: "reply", status: 401 },
    { kind: "reply", status: 404 },
    { kind: "reply", body: "" },
  ] as const) {
    const fixture = new CoreFixture(tableSource([deployment("bad"), deployment("good")]));
    fixture.upstream.script("bad", bad);
    const begun = fixture.clock.now();
    const sink = await fixture.run();
    assert.equal(sink.route?.deploymentId, "good", JSON.stringify(bad));
    assert.equal(sink.route.attemptedRetries, 1);
    assert.equal(fixture.upstream.hitsOf("good")[0]?.at, begun, "without waiting");
    atRest(fixture);
  }
});

test("the caller's fault is answered at once and tried nowhere else", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")]));
  fixture.upstream.script("a", { kind: "reply", status: 400 });
  const sink = await fixture.run();
  assert.equal(sink.error?.code, "invalid_request");
  assert.equal(fixture.upstream.hits.length, 1);
});

test("a lone deployment is asked again after its Retry-After, num_retries times", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "reply", status: 429, headers: { "retry-after": "7" } });
  const begun = fixture.clock.now();
  const sink = await fixture.run();
  assert.deepEqual(
    fixture.upstream.hits.map((hit) => hit.at - begun),
    [0, 7_000, 14_000],
  );
  assert.equal(sink.error?.code, "upstream_rate_limited");
  assert.equal(sink.route?.attemptedRetries, 2);
  atRest(fixture);
});

test("the number of retries comes from the request, else the deployment, else the router", async () => {
  const cases = [
    { request: 0, own: 5, hits: 1 },
    { request: undefined, own: 1, hits: 2 },
    { request: undefined, own: undefined, hits: 3 },
  ];
  for (const { request, own, hits } of cases) {
    const fixture = new CoreFixture(tableSource([deployment("a", { numRetries: own })]));
    fixture.upstream.script("a", { kind: "reply", status: 500 });
    await fixture.run({ numRetries: request });
    assert.equal(fixture.upstream.hits.length, hits);
  }
});

test("a deployment whose credentials fail is not asked a second time for the same call", async () => {
  const fixture = new CoreFixture(tableSource([deployment("auth"), deployment("down")]));
  fixture.upstream.script("auth", { kind: "reply", status: 401 }).script("down", { kind: "reply", status: 500 });
  await fixture.run({ numRetries: 4 });
  assert.equal(fixture.upstream.hitsOf("auth").length, 1);
  assert.equal(fixture.upstream.hitsOf("down").length, 4);
});

test("a stream is committed by its first content and arrives whole and in order", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "stream", firstMs: 100, gapMs: 10, chunks: stream });
  const sink = await fixture.run({ stream: true });
  assert.deepEqual(sink.log, ["start", "preamble", "content a", "content b", "finish", "done", "end"]);
  assert.equal(fixture.router.deployments()[0]?.firstTokenMs, 110, "the preamble is no token");
  atRest(fixture);
});

test("whatever goes wrong before the first content is tried elsewhere, unseen", async () => {
  for (const chunks of [["preamble\n", "error overloaded\n"], ["preamble\n"], [], ["done\n"], ["other comment\n", "done\n"]]) {
    for (const end of ["end", "break"] as const) {
      const fixture = new CoreFixture(tableSource([deployment("bad"), deployment("good")]));
      fixture.upstream.script("bad", { kind: "stream", chunks, end }).script("good", { kind: "stream", chunks: stream });
      const sink = await fixture.run({ stream: true });
      assert.deepEqual(sink.log, ["start", "preamble", "content a", "content b", "finish", "done", "end"]);
      assert.equal(sink.route?.deploymentId, "good");
      atRest(fixture);
    }
  }
});

test("after the first content nothing is retried: the caller hears of the cut", async () => {
  for (const end of ["end", "break"] as const) {
    const fixture = new CoreFixture(tableSource([deployment("bad"), deployment("good")]));
    fixture.upstream.script("bad", { kind: "stream", chunks: ["content a\n"], end });
    const sink = await fixture.run({ stream: true });
    assert.deepEqual(sink.log, ["start", "content a", "failure stream_interrupted"]);
    assert.equal(fixture.upstream.hitsOf("good").length, 0);
    assert.equal(fixture.router.deployments()[0]?.failures, 1);
    atRest(fixture);
  }
});

test("a stream without [DONE] is whole when it said why it finished", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "stream", chunks: ["content a\n", "finish\n"] });
  assert.deepEqual((await fixture.run({ stream: true })).log, ["start", "content a", "finish", "end"]);
});

test("an upstream that lingers after [DONE] does not hold the caller, and is dropped", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "stream", chunks: stream, end: "hang" });
  const { sink } = fixture.start({ stream: true });
  fixture.clock.advance(0);
  assert.equal(sink.log.at(-1), "end");
  fixture.clock.advance(2_000);
  assert.equal(fixture.upstream.hits[0]?.aborted, true);
  atRest(fixture);
});

test("a caller that hangs up frees the upstream and the ledger at once, at every stage", async () => {
  const stages: readonly [string, number, boolean][] = [
    ["before the head", 50, true],
    ["before the first content", 120, true],
    ["in the middle of a stream", 150, true],
    ["before a unary reply", 50, false],
  ];
  for (const [name, atMs, streaming] of stages) {
    const fixture = new CoreFixture(tableSource([deployment("a")]));
    fixture.upstream.script("a", streaming ? { kind: "stream", firstMs: 100, gapMs: 30, chunks: stream } : { kind: "reply", afterMs: 100 });
    const { sink, handle } = fixture.start({ stream: streaming });
    fixture.clock.advance(atMs);
    const heard = sink.log.length;
    handle.cancel();
    handle.cancel();
    assert.equal(fixture.router.inFlight, 0, name);
    assert.equal(fixture.upstream.hits[0]?.aborted, true, name);
    await fixture.settle();
    assert.equal(sink.log.length, heard, `${name}: nothing is said to a caller that left`);
    assert.deepEqual([fixture.router.deployments()[0]?.cancellations, fixture.router.deployments()[0]?.failures], [1, 0]);
    atRest(fixture);
  }
});

test("a caller that hangs up while waiting for a retry is not tried again", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  const { sink, handle } = fixture.start();
  fixture.clock.advance(1);
  handle.cancel();
  await fixture.settle();
  assert.equal(fixture.upstream.hits.length, 1);
  assert.equal(sink.outcomes, 0);
  atRest(fixture);
});

test("a slow caller pauses the upstream and loses nothing", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "stream", chunks: stream });
  const { sink, handle } = fixture.start({ stream: true });
  sink.pauseAfter = 2;
  await fixture.settle(1_000);
  assert.deepEqual(sink.log, ["start", "preamble", "content a"]);
  sink.pauseAfter = Number.POSITIVE_INFINITY;
  handle.resume();
  await fixture.settle();
  assert.deepEqual(sink.log, ["start", "preamble", "content a", "content b", "finish", "done", "end"]);
  atRest(fixture);
});

test("timeout bounds an attempt, and the next deployment gets its own", async () => {
  const settings = { ...defaultRouterSettings, timeoutMs: 1_000 };
  const fixture = new CoreFixture(tableSource([deployment("slow"), deployment("good")], { settings }));
  fixture.upstream.script("slow", { kind: "hang" }).script("good", { kind: "reply", afterMs: 900 });
  const sink = await fixture.run();
  assert.equal(sink.route?.deploymentId, "good");
  assert.equal(fixture.upstream.hitsOf("slow")[0]?.aborted, true);
  atRest(fixture);
});

test("stream_timeout bounds the wait for the first content only", async () => {
  const fixture = new CoreFixture(
    tableSource([deployment("slow", { streamTimeoutMs: 500 }), deployment("good", { streamTimeoutMs: 500 })]),
  );
  fixture.upstream
    .script("slow", { kind: "stream", firstMs: 100, gapMs: 450, chunks: stream })
    .script("good", { kind: "stream", firstMs: 100, gapMs: 300, chunks: stream });
  const sink = await fixture.run({ stream: true });
  assert.equal(sink.route?.deploymentId, "good");
  assert.equal(sink.log.at(-1), "end");
  atRest(fixture);
});

test("the caller's deadline ends the call whatever is configured, and is not retried", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")]));
  fixture.upstream.otherwise({ kind: "hang" });
  const { sink } = fixture.start({ deadline: fixture.clock.now() + 250 });
  fixture.clock.advance(249);
  assert.equal(sink.outcomes, 0);
  fixture.clock.advance(1);
  assert.equal(sink.error?.code, "deadline_exceeded");
  assert.equal(fixture.upstream.hits.length, 1);
  const [status] = fixture.router.deployments();
  assert.deepEqual([status?.failures, status?.cancellations], [0, 1], "held against nobody");
  atRest(fixture);
});

test("at the limit no upstream is hit and the error says in how many seconds capacity returns", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { rpm: 2 }), deployment("b", { rpm: 1 })]));
  for (let index = 0; index < 3; index++) assert.equal((await fixture.run()).log[0], "reply");
  const sink = await fixture.run();
  assert.equal(sink.error?.code, "no_capacity");
  assert.match(sink.error.message, /2 at the requests-per-minute limit\. Try again in 6[01] s/);
  assert.equal(fixture.upstream.hits.length, 3);
  fixture.clock.advance(sink.error.retryAfterMs ?? 0);
  assert.equal((await fixture.run()).log[0], "reply");
});

test("hard limits hold in every span of 60 s under any traffic; soft ones only weigh", async () => {
  for (const enforceRateLimits of [true, false]) {
    const settings = { ...defaultRouterSettings, enforceRateLimits };
    const fixture = new CoreFixture(tableSource([deployment("a", { rpm: 6 })], { settings }));
    for (let index = 0; index < 600; index++) {
      fixture.start({ numRetries: 0 });
      fixture.clock.advance(317);
    }
    const times = fixture.upstream.hits.map((hit) => hit.at);
    const most = Math.max(...times.map((end) => times.filter((at) => at > end - 60_000 && at <= end).length));
    if (enforceRateLimits) assert.equal(most, 6);
    else assert.ok(most > 6);
  }
});

test("500 calls at the same moment never overshoot rpm, tpm or max_parallel_requests", async () => {
  const fixture = new CoreFixture(
    tableSource([deployment("rpm", { rpm: 7 }), deployment("tpm", { tpm: 2_000 }), deployment("parallel", { maxParallelRequests: 3 })]),
  );
  fixture.upstream.otherwise({ kind: "reply", afterMs: 1_000 });
  for (let index = 0; index < 500; index++) fixture.start({ maxOutputTokens: 93 });
  const [rpm, tpm, parallel] = fixture.router.deployments();
  assert.deepEqual([rpm?.usedRpm, tpm?.usedTpm, parallel?.inFlight], [7, 2_000, 3]);
  await fixture.settle();
  atRest(fixture);
});

test("a request larger than the whole token limit is served when the window is empty", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { tpm: 50 })]));
  assert.equal((await fixture.run({ maxOutputTokens: 4_000 })).log[0], "reply");
  assert.equal((await fixture.run({ maxOutputTokens: 4_000 })).error?.code, "no_capacity");
});

test("the lower order serves while it can, then the next", async () => {
  const fixture = new CoreFixture(tableSource([deployment("second", { order: 2 }), deployment("first", { order: 1, rpm: 1 })]));
  const served = [await fixture.run(), await fixture.run()].map((sink) => sink.route?.deploymentId);
  assert.deepEqual(served, ["first", "second"]);
});

test("what is eligible and why not is told for each deployment", async () => {
  const fixture = new CoreFixture(
    tableSource([
      deployment("full", { order: 1, rpm: 1, weight: 1 }),
      deployment("main", { order: 1, weight: 1 }),
      deployment("spare", { order: 1, weight: 0 }),
      deployment("late", { order: 2, weight: 1 }),
    ]),
  );
  await fixture.run();
  assert.deepEqual(
    fixture.router.deployments().map((one) => [one.id, one.eligibility]),
    [
      ["full", "rpm_limit"],
      ["main", "eligible"],
      ["spare", "backup"],
      ["late", "lower_order_preferred"],
    ],
  );
});

test("weights take effect on the very next pick", async () => {
  const byWeight: Strategy = { pick: (candidates) => [...candidates].toSorted((a, b) => b.weight - a.weight)[0] ?? candidates.at(0) };
  const fixture = new CoreFixture(
    tableSource([deployment("a", { weight: 2 }), deployment("b", { weight: 1 })], { createStrategy: () => byWeight }),
  );
  assert.equal((await fixture.run()).route?.deploymentId, "a");
  const weights = new Map([
    ["a", 0],
    ["b", 5],
  ]);
  fixture.router.apply({ weights, states: undefined });
  assert.equal((await fixture.run()).route?.deploymentId, "b");
});

test("under a pattern the upstream sees the model that the caller meant", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { group: "openai/*", upstreamModel: "*" })]));
  await fixture.run({ model: "openai/gpt-9" });
  assert.equal(fixture.upstream.hits[0]?.path, "/gpt-9");
});

test("a strategy gets exactly one outcome for each pick", async () => {
  let open = 0;
  let picks = 0;
  const counting: Strategy = {
    pick(candidates) {
      picks++;
      open++;
      return candidates.at(0);
    },
    onOutcome: () => void open--,
  };
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")], { createStrategy: () => counting }));
  fixture.upstream.script("a", { kind: "reply", status: 500 }, { kind: "hang" }, { kind: "reply" });
  fixture.upstream.script("b", { kind: "reply", status: 400 }, { kind: "reply" });
  await fixture.run();
  const { handle } = fixture.start();
  handle.cancel();
  await fixture.run();
  assert.deepEqual([picks, open], [4, 0]);
});

test("a strategy that breaks its contract fails its call alone, and says nothing of its insides to the caller", async () => {
  const faults: readonly Strategy[] = [
    { pick: () => ({}) as never },
    {
      pick() {
        throw new Error("secret detail");
      },
    },
  ];
  for (const fault of faults) {
    const fixture = new CoreFixture(tableSource([deployment("a")], { createStrategy: () => fault }));
    const sink = await fixture.run();
    assert.equal(sink.error?.code, "internal");
    assert.doesNotMatch(sink.error.message, /secret/);
    assert.equal(fixture.internalErrors.length, 1);
    assert.equal(fixture.router.inFlight, 0);
  }
});

test("the router's own time leaves out the deployments and the waits", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "reply", status: 500, afterMs: 300 }, { kind: "reply", afterMs: 400 });
  assert.equal((await fixture.run()).route?.overheadMs, 0);
});

test("an answered call leaves no timer behind", async () => {
  const settings = { ...defaultRouterSettings, timeoutMs: 60_000, streamTimeoutMs: 10_000, streamIdleTimeoutMs: 5_000 };
  for (const streaming of [true, false]) {
    const fixture = new CoreFixture(tableSource([deployment("a")], { settings }));
    fixture.upstream.script("a", streaming ? { kind: "stream", chunks: stream } : { kind: "reply" });
    const { sink } = fixture.start({ stream: streaming });
    fixture.clock.advance(1);
    assert.equal(sink.outcomes, 1);
    assert.equal(fixture.clock.pending, 0);
  }
});

test("a stream that breaks or falls silent after it said why it finished is whole", async () => {
  for (const end of ["break", "hang"] as const) {
    const settings = { ...defaultRouterSettings, streamIdleTimeoutMs: 1_000, resumeStreams: true };
    const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")], { settings }));
    fixture.upstream.script("a", { kind: "stream", chunks: ["content a\n", "finish\n"], end });
    assert.deepEqual((await fixture.run({ stream: true })).log, ["start", "content a", "finish", "end"]);
    assert.equal(fixture.upstream.hits.length, 1);
    atRest(fixture);
  }
});

test("a stream without content is not held for ever: beyond a megabyte it is a fault, tried elsewhere", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")]));
  const chunks = Array.from({ length: 30 }, () => `preamble ${"x".repeat(60_000)}\n`);
  fixture.upstream.script("a", { kind: "stream", chunks }).script("b", { kind: "stream", chunks: stream });
  const sink = await fixture.run({ stream: true });
  assert.equal(sink.route?.deploymentId, "b");
  assert.equal(fixture.upstream.hitsOf("a")[0]?.aborted, true);
  atRest(fixture);
});

test("a caller that does not read makes its own delay: the deployment is not blamed for the timeout", async () => {
  const settings = { ...defaultRouterSettings, streamTotalTimeoutMs: 1_000 };
  const fixture = new CoreFixture(tableSource([deployment("a")], { settings }));
  fixture.upstream.script("a", { kind: "stream", chunks: stream });
  const { sink } = fixture.start({ stream: true });
  sink.pauseAfter = 1;
  await fixture.settle(2_000);
  assert.equal(sink.error?.code, "upstream_timeout");
  assert.equal(fixture.router.deployments()[0]?.failures, 0);
});

test("a sink that hangs up on the last event ends the attempt once", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "stream", chunks: stream });
  const { sink, handle } = fixture.start({ stream: true });
  const take = sink.onStreamEvent.bind(sink);
  sink.onStreamEvent = (event) => {
    if (event.kind === "done") handle.cancel();
    return take(event);
  };
  await fixture.settle(10_000);
  assert.equal(fixture.router.inFlight, 0);
});
