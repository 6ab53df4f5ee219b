import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call, FallbackTable, FallbackTarget } from "../../../src/core/call.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import type { RouterSettings } from "../../../src/core/router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

function to(...models: readonly string[]): readonly FallbackTarget[] {
  return models.map((model) => ({ model, amend: undefined }));
}

function table(entries: Readonly<Record<string, readonly string[]>>): FallbackTable {
  return new Map(Object.entries(entries).map(([group, models]) => [group, to(...models)]));
}

function fixtureOf(
  deployments: readonly Deployment[],
  fallbacks: Partial<RouterSettings["fallbacks"]>,
  over: Partial<RouterSettings> = {},
): CoreFixture {
  const settings = { ...defaultRouterSettings, numRetries: 0, fallbacks: { ...defaultRouterSettings.fallbacks, ...fallbacks }, ...over };
  return new CoreFixture(tableSource(deployments, { settings }));
}

const groups = [deployment("a", { group: "a" }), deployment("b", { group: "b" }), deployment("c", { group: "c" })];
const down = { kind: "reply", status: 500 } as const;

test("a group that fails is followed by its fallbacks in order, and the headers tell", async () => {
  const fixture = fixtureOf(groups, { generic: table({ a: ["b", "c"] }) });
  fixture.upstream.script("a", down).script("b", down);
  const sink = await fixture.run({ model: "a" });
  assert.deepEqual(
    [sink.route?.deploymentId, sink.route?.group, sink.route?.attemptedFallbacks, sink.route?.attemptedRetries],
    ["c", "c", 2, 0],
  );
  assert.deepEqual(
    sink.route?.trace.map((attempt) => [attempt.deploymentId, attempt.outcome]),
    [
      ["a", "upstream_error"],
      ["b", "upstream_error"],
      ["c", "success"],
    ],
  );
});

test("the list of * serves groups without one; a name is also looked up without its provider", async () => {
  const fixture = fixtureOf([...groups, deployment("d", { group: "openai/a" })], { generic: table({ a: ["b"], "*": ["c"] }) });
  for (const host of ["a", "b", "d"]) fixture.upstream.script(host, down);
  assert.equal((await fixture.run({ model: "b" })).route?.group, "c");
  const sink = await fixture.run({ model: "openai/a" });
  assert.deepEqual(
    sink.route?.trace.map((attempt) => attempt.deploymentId),
    ["d", "b", "c"],
  );
});

test("calls by an alias or under a pattern use the list of what they lead to, unless the alias has its own", async () => {
  const settings = {
    ...defaultRouterSettings,
    numRetries: 0,
    fallbacks: { ...defaultRouterSettings.fallbacks, generic: table({ a: ["b"], "x/*": ["c"], own: ["c"] }) },
  };
  const aliases = ["alias", "own"].map((alias) => ({ alias, targets: ["a"], hidden: false }));
  const fixture = new CoreFixture(tableSource([...groups, deployment("x", { group: "x/*" })], { settings, aliases }));
  for (const host of ["a", "x"]) fixture.upstream.script(host, down);
  const reached: (string | undefined)[] = [];
  for (const model of ["alias", "own", "x/1"]) reached.push((await fixture.run({ model })).route?.group);
  assert.deepEqual(reached, ["b", "c", "c"]);
});

test("one number of retries holds for all groups, and each group has its first try", async () => {
  const fixture = fixtureOf([...groups, deployment("a2", { group: "a" }), deployment("b2", { group: "b" })], {
    generic: table({ a: ["b"] }),
  });
  for (const host of ["a", "a2", "b", "b2"]) fixture.upstream.script(host, down);
  const sink = await fixture.run({ model: "a", numRetries: 1 });
  assert.deepEqual(
    sink.route?.trace.map((attempt) => attempt.deploymentId),
    ["a", "a2", "b"],
  );
  assert.deepEqual([sink.route?.attemptedRetries, sink.route?.attemptedFallbacks], [1, 1]);
});

test("circles end, unknown targets are passed over, and max_fallbacks holds", async () => {
  const circle = fixtureOf(groups, { generic: table({ a: ["nowhere", "b"], b: ["a", "c"], c: ["a"] }) });
  for (const host of ["a", "b", "c"]) circle.upstream.script(host, down);
  const sink = await circle.run({ model: "a" });
  assert.deepEqual(
    sink.route?.trace.map((attempt) => attempt.deploymentId),
    ["a", "b", "c"],
  );
  assert.equal(sink.error?.code, "upstream_error");
  const bounded = fixtureOf(groups, { generic: table({ a: ["b", "c"] }), maxFallbacks: 1 });
  for (const host of ["a", "b"]) bounded.upstream.script(host, down);
  assert.equal((await bounded.run({ model: "a" })).error?.code, "upstream_error");
  assert.equal(bounded.upstream.hitsOf("c").length, 0);
});

test("a group at its limits falls back instead of refusing", async () => {
  const fixture = fixtureOf([deployment("a", { group: "a", rpm: 1 }), deployment("b", { group: "b" })], { generic: table({ a: ["b"] }) });
  const served = [await fixture.run({ model: "a" }), await fixture.run({ model: "a" })].map((sink) => sink.route?.group);
  assert.deepEqual(served, ["a", "b"]);
});

test("the caller's faults have no fallback", async () => {
  const fixture = fixtureOf(groups, { generic: table({ a: ["b"] }) });
  fixture.upstream.script("a", { kind: "reply", status: 400 });
  assert.equal((await fixture.run({ model: "a" })).error?.code, "invalid_request");
  assert.equal(fixture.upstream.hits.length, 1);
});

test("a prompt that is too long goes to the context window's list; one without the group means no fallback; none at all means the general list", async () => {
  const long = { body: { bytes: Buffer.alloc(4_000, "x"), members: [] } };
  const short = (over: Partial<RouterSettings["fallbacks"]>): CoreFixture =>
    fixtureOf(
      [deployment("a", { group: "a", maxInputTokens: 100 }), ...groups.slice(1)],
      { generic: table({ a: ["b"] }), ...over },
      { preCallChecks: true },
    );
  assert.equal((await short({ contextWindow: table({ a: ["c"] }) }).run({ model: "a", ...long })).route?.group, "c");
  assert.equal((await short({ contextWindow: table({ b: ["c"] }) }).run({ model: "a", ...long })).error?.code, "context_length_exceeded");
  assert.equal((await short({}).run({ model: "a", ...long })).route?.group, "b");
  assert.equal((await short({}).run({ model: "a" })).route?.group, "a");
});

test("a request brings its own list, own messages for a target, or none", async () => {
  const amended: FallbackTarget = {
    model: "c",
    amend: (call: Call) => ({ ...call, body: { bytes: Buffer.from('{"amended":true}'), members: [] } }),
  };
  const fixture = fixtureOf(groups, { generic: table({ a: ["b"] }) });
  fixture.upstream.script("a", down);
  assert.equal((await fixture.run({ model: "a", fallbacks: [amended] })).route?.group, "c");
  assert.equal(fixture.upstream.hitsOf("c")[0]?.body, '{"amended":true}');
  assert.equal((await fixture.run({ model: "a", disableFallbacks: true })).error?.code, "upstream_error");
  assert.equal((await fixture.run({ model: "a", maxFallbacks: 0 })).error?.code, "upstream_error");
});

test("a deadline holds over all groups", async () => {
  const fixture = fixtureOf(groups, { generic: table({ a: ["b", "c"] }) });
  fixture.upstream.script("a", { ...down, afterMs: 80 }).script("b", { kind: "hang" });
  const begun = fixture.clock.now();
  const { sink } = fixture.start({ model: "a", deadline: begun + 100 });
  fixture.clock.advance(100);
  assert.equal(sink.error?.code, "deadline_exceeded");
  assert.equal(fixture.upstream.hitsOf("c").length, 0);
});

test("the next order is tried before other groups, also beyond num_retries", async () => {
  const fixture = fixtureOf([deployment("a", { group: "a", order: 1 }), deployment("a2", { group: "a", order: 2 }), ...groups.slice(1)], {
    generic: table({ a: ["b"] }),
  });
  fixture.upstream.script("a", down).script("a2", down);
  const sink = await fixture.run({ model: "a" });
  assert.deepEqual(
    sink.route?.trace.map((attempt) => attempt.deploymentId),
    ["a", "a2", "b"],
  );
});

test("order_fallback_status_codes keeps failures that it does not name in their order", async () => {
  const over = { orderFallbackStatuses: new Set([503]), numRetries: 2 };
  const fixture = fixtureOf(
    [deployment("a", { group: "a", order: 1 }), deployment("a2", { group: "a", order: 2 }), ...groups.slice(1)],
    { generic: table({ a: ["b"] }) },
    over,
  );
  fixture.upstream.script("a", { kind: "refuse" });
  const sink = await fixture.run({ model: "a" });
  assert.deepEqual(
    sink.route?.trace.map((attempt) => attempt.deploymentId),
    ["a", "b"],
  );
});

test("what fails before a stream's first content falls back unseen", async () => {
  const fixture = fixtureOf(groups, { generic: table({ a: ["b"] }) });
  fixture.upstream
    .script("a", { kind: "stream", chunks: ["preamble\n", "error x\n"] })
    .script("b", { kind: "stream", chunks: ["content hi\n", "finish\n", "done\n"] });
  const sink = await fixture.run({ model: "a", stream: true });
  assert.deepEqual(sink.log, ["start", "content hi", "finish", "done", "end"]);
  assert.equal(sink.route?.group, "b");
});
