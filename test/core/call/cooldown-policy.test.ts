import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Deployment } from "../../../src/core/deployment.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { RouterError } from "../../../src/core/errors.ts";
import type { UpstreamExchange, UpstreamListener } from "../../../src/core/upstream.ts";
import type { CooldownSettings } from "../../../src/core/router-settings.ts";
import { fakeAdapter } from "../../support/fake-adapter.ts";
import { testThreads } from "../../support/test-threads.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

function fixtureOf(deployments: readonly Deployment[], cooldown: Partial<CooldownSettings> = {}): CoreFixture {
  const settings = { ...defaultRouterSettings, numRetries: 0, cooldown: { ...defaultRouterSettings.cooldown, ...cooldown } };
  return new CoreFixture(tableSource(deployments, { settings }));
}

function stateOf(fixture: CoreFixture, id: string): string | undefined {
  return fixture.router.deployments().find((status) => status.id === id)?.eligibility;
}

/** Runs one call without letting time go on. */
async function call(fixture: CoreFixture): Promise<string> {
  const { sink } = fixture.start();
  fixture.clock.advance(0);
  await Promise.resolve();
  return sink.error?.code ?? sink.route?.deploymentId ?? "nothing";
}

test("a rate limit starts a cooldown at once for its Retry-After, where there are siblings", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  fixture.upstream.script("a", { kind: "reply", status: 429, headers: { "retry-after": "20" } }, { kind: "reply" });
  assert.equal(await call(fixture), "upstream_rate_limited");
  assert.equal(stateOf(fixture, "a"), "cooling_down");
  fixture.clock.advance(19_999);
  assert.equal(await call(fixture), "b");
  fixture.clock.advance(1);
  assert.equal(await call(fixture), "a", "the probe");
});

test("a rate limit starts no cooldown of a lone deployment, nor does any share of failures", async () => {
  const fixture = fixtureOf([deployment("a")]);
  fixture.upstream.script("a", { kind: "reply", status: 429, headers: { "retry-after": "20" } }, { kind: "reply", status: 500 });
  for (let count = 0; count < 20; count++) await call(fixture);
  assert.equal(stateOf(fixture, "a"), "eligible");
});

test("refused credentials and an unknown model start a cooldown at once, alone too", async () => {
  for (const status of [401, 404]) {
    const fixture = fixtureOf([deployment("a")]);
    fixture.upstream.script("a", { kind: "reply", status });
    await call(fixture);
    assert.equal(stateOf(fixture, "a"), "cooling_down");
    const { sink } = fixture.start();
    await Promise.resolve();
    assert.equal(sink.error?.code, status === 401 ? "upstream_auth" : "no_capacity");
    assert.equal(sink.error.retryAfterMs, 5_000);
    // The provider's own words are known to the thread that heard them.
    const said =
      status === 401
        ? testThreads === 1
          ? /refused their credentials\. status 401/
          : /refused their credentials/
        : /1 cooling down \(model or path not found\)\. Try again in 5 s/;
    assert.match(sink.error.message, said);
  }
});

test("credentials that only some deployments are refused for are said as the cause, not as the answer", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  fixture.upstream.script("a", { kind: "reply", status: 401 }).script("b", { kind: "reply", status: 429 });
  await call(fixture);
  await call(fixture);
  const { sink } = fixture.start();
  await Promise.resolve();
  assert.equal(sink.error?.code, "no_capacity");
  assert.match(sink.error.message, /2 cooling down \(credentials refused; rate-limited\)/);
  assert.match(fixture.router.deployments()[0]?.detail ?? "", /after failures \(credentials refused\)/);
});

test("a group of one is cooled down by no number of failures, but by the class that a policy names", async () => {
  const alone = fixtureOf([deployment("a")], { allowedFails: 0 });
  alone.upstream.script("a", { kind: "reply", status: 500 });
  for (let count = 0; count < 4; count++) await call(alone);
  assert.equal(stateOf(alone, "a"), "eligible");
  const named = fixtureOf([deployment("a")], { allowedFailsPolicy: { InternalServerError: 0 } });
  named.upstream.script("a", { kind: "reply", status: 500 });
  await call(named);
  assert.equal(stateOf(named, "a"), "cooling_down");
});

test("a model that a provider does not know says nothing of a wildcard, nor does it count there", async () => {
  for (const allowedFails of [undefined, 0]) {
    const fixture = fixtureOf([deployment("a", { group: "any/*" }), deployment("b", { group: "any/*" })], { allowedFails });
    fixture.upstream.script("a", { kind: "reply", status: 404 }, { kind: "reply", status: 500 });
    const { sink } = fixture.start({ model: "any/bad" });
    fixture.clock.advance(0);
    await Promise.resolve();
    assert.equal(sink.error?.code, "upstream_not_found");
    assert.equal(stateOf(fixture, "a"), "eligible");
    assert.equal(fixture.router.deployments()[0]?.failures, 0);
    fixture.start({ model: "any/good" });
    fixture.clock.advance(0);
    await Promise.resolve();
    assert.equal(stateOf(fixture, "a"), allowedFails === 0 ? "cooling_down" : "eligible", "the host's own fault counts");
  }
});

function quota(retryAfterMs?: number, isSaidWait = false): Partial<Deployment> {
  const decodeError = (): RouterError => new RouterError("quota_exhausted", "no credit", { retryAfterMs, isSaidWait });
  return { adapter: { ...fakeAdapter("a"), decodeError } };
}

function left(fixture: CoreFixture): number {
  return fixture.router.deployments()[0]?.eligibleInMs ?? 0;
}

describe("a quota that is used up", () => {
  test("cools down for cooldown_time first, then for hours, longer each time, up to cooldown_max", async () => {
    const fixture = fixtureOf([deployment("a", quota()), deployment("b")], { maxMs: 3 * 3_600_000 });
    fixture.upstream.script("a", { kind: "reply", status: 402 });
    for (const expected of [5_000, 3_600_000, 2 * 3_600_000, 3 * 3_600_000, 3 * 3_600_000]) {
      await call(fixture);
      assert.equal(left(fixture), expected);
      assert.match(fixture.router.deployments()[0]?.detail ?? "", /quota or credit used up/);
      fixture.clock.advance(expected);
    }
    fixture.upstream.script("a", { kind: "reply" }, { kind: "reply", status: 402 });
    assert.equal(await call(fixture), "a", "somebody has paid");
    fixture.clock.advance(20_000);
    await call(fixture);
    assert.equal(left(fixture), 5_000, "a success begins anew");
  });

  test("cools down at once until a time that a header names, and never alone", async () => {
    const fixture = fixtureOf([deployment("a", quota(40_000_000)), deployment("b")]);
    fixture.upstream.script("a", { kind: "reply", status: 429 });
    await call(fixture);
    assert.equal(left(fixture), 40_000_000);
    const alone = fixtureOf([deployment("a", quota(40_000_000))]);
    alone.upstream.script("a", { kind: "reply", status: 429 });
    await call(alone);
    assert.equal(stateOf(alone, "a"), "eligible");
  });

  test("believes hours that only words name at the second refusal", async () => {
    const fixture = fixtureOf([deployment("a", quota(40_000_000, true)), deployment("b")]);
    fixture.upstream.script("a", { kind: "reply", status: 429 });
    for (const expected of [5_000, 40_000_000]) {
      await call(fixture);
      assert.equal(left(fixture), expected);
      fixture.clock.advance(expected);
    }
  });
});

test("a fault of this process is no deployment's, and is tried nowhere else", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")], { allowedFails: 0 });
  Object.assign(fixture.upstream, { send: failLocally });
  const { sink } = fixture.start({ numRetries: 2 });
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual([sink.error?.code, sink.route?.trace.length], ["local_fault", 1]);
  assert.equal(stateOf(fixture, "a"), "eligible");
  assert.equal(fixture.router.deployments()[0]?.failures, 0);
});

function failLocally(_: unknown, listener: UpstreamListener): UpstreamExchange {
  queueMicrotask(() => listener.onFailure({ kind: "local", reason: "EMFILE" }));
  return { abort: ignore, resume: ignore };
}

function ignore(): void {}

test("more than half of at least five answers in a minute start a cooldown, four do not", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  for (let count = 1; count <= 5; count++) {
    assert.equal(stateOf(fixture, "a"), "eligible", `before failure ${count}`);
    await call(fixture);
  }
  assert.equal(stateOf(fixture, "a"), "cooling_down");
});

test("failures that are half of the answers, or older than a minute, start no cooldown", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  const [fail, reply] = [{ kind: "reply", status: 500 }, { kind: "reply" }] as const;
  fixture.upstream.script("a", reply, fail, reply, fail, reply, fail, reply, fail);
  for (let count = 0; count < 8; count++) await call(fixture);
  assert.equal(stateOf(fixture, "a"), "eligible");
  fixture.clock.advance(61_000);
  for (let count = 0; count < 4; count++) await call(fixture);
  assert.equal(stateOf(fixture, "a"), "eligible", "the minute began anew");
});

test("a share of failures never takes the last usable deployment out", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  fixture.upstream.script("a", { kind: "reply", status: 500 }).script("b", { kind: "reply", status: 500 });
  for (let count = 0; count < 30; count++) await call(fixture);
  assert.deepEqual([stateOf(fixture, "a"), stateOf(fixture, "b")], ["cooling_down", "eligible"]);
});

test("the later end of two cooldowns counts", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  fixture.upstream.script(
    "a",
    { kind: "reply", afterMs: 10, status: 429, headers: { "retry-after": "30" } },
    { kind: "reply", afterMs: 20, status: 429, headers: { "retry-after": "2" } },
  );
  fixture.start();
  fixture.start();
  fixture.clock.advance(20);
  fixture.clock.advance(29_000);
  assert.equal(stateOf(fixture, "a"), "cooling_down");
  fixture.clock.advance(1_000);
  assert.equal(stateOf(fixture, "a"), "eligible");
});

test("after a cooldown one call is the probe; its failure renews the cooldown, its success ends it", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  fixture.upstream.script(
    "a",
    { kind: "reply", status: 429, headers: { "retry-after": "5" } },
    { kind: "reply", afterMs: 100, status: 500 },
    { kind: "reply", afterMs: 100 },
  );
  await call(fixture);
  fixture.clock.advance(5_000);
  fixture.start();
  assert.equal(stateOf(fixture, "a"), "cooling_down", "nobody else while the probe is under way");
  assert.equal(await call(fixture), "b");
  fixture.clock.advance(100);
  fixture.clock.advance(4_999);
  assert.equal(stateOf(fixture, "a"), "cooling_down", "renewed by the failed probe");
  fixture.clock.advance(1);
  fixture.start();
  fixture.clock.advance(100);
  assert.equal(stateOf(fixture, "a"), "eligible");
});

test("a probe whose caller hangs up decides nothing", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  fixture.upstream.script("a", { kind: "reply", status: 429, headers: { "retry-after": "5" } }, { kind: "hang" }, { kind: "reply" });
  await call(fixture);
  fixture.clock.advance(5_000);
  fixture.start().handle.cancel();
  assert.equal(stateOf(fixture, "a"), "eligible", "the next one probes");
  assert.equal(await call(fixture), "a");
});

test("what began before the cooldown neither ends it nor stands in for the probe", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  fixture.upstream.script(
    "a",
    { kind: "reply", afterMs: 6_000 },
    { kind: "reply", status: 429, headers: { "retry-after": "5" } },
    { kind: "reply", afterMs: 5_000 },
    { kind: "reply" },
  );
  fixture.start();
  fixture.start();
  fixture.clock.advance(5_500);
  fixture.start();
  assert.equal(stateOf(fixture, "a"), "cooling_down", "the probe is under way");
  fixture.clock.advance(600);
  assert.equal(stateOf(fixture, "a"), "cooling_down", "and still is when the old call has ended well");
  fixture.clock.advance(5_000);
  assert.equal(stateOf(fixture, "a"), "eligible");
});

test("a deployment that is back takes 1, 2, 4 … calls at a time, unless it is alone", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b", { maxParallelRequests: 50 })]);
  fixture.upstream.script("a", { kind: "reply", status: 429, headers: { "retry-after": "5" } }, { kind: "reply" }, { kind: "hang" });
  fixture.upstream.script("b", { kind: "hang" });
  await call(fixture);
  fixture.clock.advance(5_000);
  await call(fixture);
  const inFlight = (): number | undefined => fixture.router.deployments()[0]?.inFlight;
  const counts = [0, 1_000, 1_000].map((ms) => {
    fixture.clock.advance(ms);
    for (let count = 0; count < 10; count++) fixture.start();
    return inFlight();
  });
  assert.deepEqual(counts, [1, 2, 4]);
  for (let count = 0; count < 60; count++) fixture.start();
  assert.ok((inFlight() ?? 0) > 30, "with b full, a takes what comes");
});

test("allowed_fails is the number that is borne, also when it is three", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")], { allowedFails: 3, timeMs: 60_000 });
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  for (let count = 1; count <= 4; count++) {
    assert.equal(stateOf(fixture, "a"), "eligible", `before failure ${count}`);
    await call(fixture);
  }
  assert.equal(stateOf(fixture, "a"), "cooling_down");
});

test("allowed_fails_policy bounds each class by itself, InternalServerError included", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")], {
    allowedFailsPolicy: { InternalServerError: 1, RateLimitError: 2 },
    timeMs: 60_000,
  });
  const limited = { kind: "reply", status: 429 } as const;
  fixture.upstream.script("a", limited, { kind: "reply", status: 500 }, limited, { kind: "reply", status: 500 });
  for (let count = 0; count < 3; count++) await call(fixture);
  assert.equal(stateOf(fixture, "a"), "eligible");
  await call(fixture);
  assert.equal(stateOf(fixture, "a"), "cooling_down");
});

test("a deployment's own cooldown time wins; 0 means never; cooldowns can be switched off", async () => {
  const own = fixtureOf([deployment("a", { cooldownMs: 1_000 }), deployment("b")]);
  own.upstream.script("a", { kind: "reply", status: 429, headers: { "retry-after": "20" } });
  await call(own);
  own.clock.advance(1_000);
  assert.equal(stateOf(own, "a"), "eligible");
  for (const fixture of [
    fixtureOf([deployment("a", { cooldownMs: 0 }), deployment("b")]),
    fixtureOf([deployment("a"), deployment("b")], { disabled: true }),
  ]) {
    fixture.upstream.script("a", { kind: "reply", status: 401 });
    await call(fixture);
    assert.equal(stateOf(fixture, "a"), "eligible");
  }
});

test("the caller's faults and hang-ups never start a cooldown", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")], { allowedFails: 0 });
  fixture.upstream.script("a", { kind: "reply", status: 400 });
  await call(fixture);
  fixture.start().handle.cancel();
  assert.equal(stateOf(fixture, "a"), "eligible");
});

test("a deployment named by its id is used even while it cools down", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")]);
  fixture.upstream.script("a", { kind: "reply", status: 401 }, { kind: "reply" });
  await call(fixture);
  assert.equal((await fixture.run({ model: "a" })).route?.deploymentId, "a");
});

test("a blocked deployment takes nothing", async () => {
  const fixture = fixtureOf([deployment("a", { blocked: true }), deployment("b")]);
  assert.equal(await call(fixture), "b");
  assert.equal(stateOf(fixture, "a"), "blocked");
});

test("calls that were rate-limited together, no more than the retry budget allows, are all answered once the deployments are back", async () => {
  const settings = { ...defaultRouterSettings, numRetries: 3 };
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")], { settings }));
  const limited = Array.from({ length: 15 }, () => ({ kind: "reply", status: 429, headers: { "retry-after": "1" } }) as const);
  fixture.upstream.script("a", ...limited, { kind: "reply", afterMs: 20 }).script("b", ...limited, { kind: "reply", afterMs: 20 });
  const sinks = Array.from({ length: 15 }, () => fixture.start().sink);
  for (let step = 0; step < 200; step++) {
    fixture.clock.advance(100);
    await Promise.resolve();
  }
  assert.deepEqual([...new Set(sinks.map((sink) => sink.log.at(-1)))], ["reply"]);
  assert.equal(fixture.router.inFlight, 0);
});

test("a probe shows by its first content that the deployment is well; one that shows nothing is followed by another", async () => {
  const fixture = fixtureOf([deployment("a")]);
  const long = { kind: "stream", chunks: ["content a\n"], end: "hang" } as const;
  fixture.upstream.script("a", { kind: "reply", status: 401 }, { kind: "hang" }, long);
  await call(fixture);
  fixture.clock.advance(5_000);
  fixture.start();
  const refused = fixture.start().sink;
  await Promise.resolve();
  assert.equal(refused.error?.retryAfterMs, 30_000, "told when another probe may be");
  fixture.clock.advance(30_000);
  fixture.start({ stream: true });
  fixture.clock.advance(0);
  assert.equal(stateOf(fixture, "a"), "warming_up", "while the probe's stream goes on");
});

test("cooldown_time 0 is never, whatever the provider asks for", async () => {
  const fixture = fixtureOf([deployment("a"), deployment("b")], { timeMs: 0 });
  fixture.upstream.script("a", { kind: "reply", status: 429, headers: { "retry-after": "20" } });
  await call(fixture);
  assert.equal(stateOf(fixture, "a"), "eligible");
});
