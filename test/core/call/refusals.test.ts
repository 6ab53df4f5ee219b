import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import { RouterError } from "../../../src/core/errors.ts";
import type { RouterSettings } from "../../../src/core/router-settings.ts";
import { callOf, CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { fakeAdapter } from "../../support/fake-adapter.ts";

const toOther = {
  fallbacks: { ...defaultRouterSettings.fallbacks, generic: new Map([["m", [{ model: "other", amend: undefined }]]]) },
};

/** A deployment whose adapter knows that it cannot be sent a call whose body says so. */
function picky(id: string, over: Partial<Deployment> = {}): Deployment & { asked: string[] } {
  const asked: string[] = [];
  const adapter = {
    ...fakeAdapter(id),
    refuses: (_call: unknown, upstreamModel: string): RouterError | undefined => {
      asked.push(upstreamModel);
      return new RouterError("cannot_serve_this", `Deployment ${id} cannot take \`seed\`. Leave it out.`, {
        param: "seed",
        deploymentId: id,
      });
    },
  };
  return { ...deployment(id, over), adapter, asked };
}

function fixtureOf(deployments: readonly Deployment[], over: Partial<RouterSettings> = {}): CoreFixture {
  return new CoreFixture(tableSource(deployments, { settings: { ...defaultRouterSettings, numRetries: 0, ...over } }));
}

test("what a deployment cannot be sent is asked of a sibling: no attempt is made of it, no retry counted, no cooldown begun", async () => {
  const a = picky("a");
  const fixture = fixtureOf([a, deployment("b")]);
  fixture.upstream.script("b", { kind: "reply" });
  const sink = await fixture.run();
  assert.equal(sink.route?.deploymentId, "b");
  assert.deepEqual([sink.route.attemptedRetries, sink.route.trace.length, fixture.upstream.hits.length], [0, 1, 1]);
  const [first] = fixture.router.deployments();
  assert.deepEqual([first?.eligibility, first?.usedRpm, first?.inFlight, first?.failures, first?.cancellations], ["eligible", 0, 0, 0, 0]);
  assert.deepEqual(a.asked, ["a"]);
});

test("a sibling of a higher order serves it too", async () => {
  const fixture = fixtureOf([picky("a"), deployment("b", { order: 2 })]);
  fixture.upstream.script("b", { kind: "reply" });
  const sink = await fixture.run();
  assert.deepEqual([sink.route?.deploymentId, sink.route?.attemptedFallbacks], ["b", 0]);
});

test("then other groups are asked, by fallbacks", async () => {
  const fixture = fixtureOf([picky("a"), deployment("b", { group: "other" })], toOther);
  fixture.upstream.script("b", { kind: "reply" });
  const sink = await fixture.run();
  assert.deepEqual([sink.route?.deploymentId, sink.route?.attemptedFallbacks], ["b", 1]);
});

test("where none can be sent it, the caller hears what to change", async () => {
  const [a, b] = [picky("a"), picky("b")];
  const fixture = fixtureOf([a, b]);
  const sink = await fixture.run();
  assert.deepEqual([sink.error?.code, sink.error?.param], ["invalid_request", "seed"]);
  assert.match(
    sink.error?.message ?? "",
    /No deployment of "m" may serve this call: 2 without what the call asks for\..* `seed`\. Leave it out\./,
  );
  assert.deepEqual([fixture.upstream.hits.length, a.asked.length, b.asked.length], [0, 1, 1]);
});

test("a sibling that could, and only has no room now, is worth waiting for", async () => {
  const fixture = fixtureOf([picky("a"), deployment("b", { rpm: 0 })]);
  const sink = await fixture.run();
  assert.equal(sink.error?.code, "no_capacity");
  assert.match(sink.error?.message ?? "", /1 without what the call asks for/);
});

test("a group that would have taken it and failed is what the caller hears of", async () => {
  const fixture = fixtureOf([deployment("a"), picky("b", { group: "other" })], toOther);
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  assert.equal((await fixture.run()).error?.code, "upstream_error");
});

test("after a failure no retry waits for, or goes to, what cannot be sent the call", async () => {
  const b = picky("b");
  const fixture = fixtureOf([deployment("a"), b], { numRetries: 2 });
  fixture.upstream.script("a", { kind: "reply", status: 500 }, { kind: "reply" });
  const sink = await fixture.run();
  assert.deepEqual([sink.route?.deploymentId, sink.route?.attemptedRetries, b.asked.length], ["a", 1, 1]);
});

test("a hedge is not sent where it cannot be", async () => {
  const fixture = fixtureOf([deployment("a"), picky("b")], { hedges: new Map([["m", { afterMs: 200, maxRatio: 1 }]]) });
  fixture.upstream.script("a", { kind: "reply", afterMs: 1_000 });
  const sink = await fixture.run();
  assert.deepEqual([sink.route?.deploymentId, fixture.upstream.hits.length], ["a", 1]);
});

test("what of a call a deployment cannot be sent is explained", () => {
  const fixture = fixtureOf([picky("a"), deployment("b")]);
  const query = {
    model: "m",
    tags: [],
    requestBytes: 10,
    maxOutputTokens: undefined,
    stream: false,
    allowedRegion: undefined,
    caller: undefined,
  };
  const explained = fixture.router.explain({ ...query, call: callOf() });
  assert.ok(explained.ok);
  assert.deepEqual(
    explained.value.candidates.map(({ eligibility, detail, picked }) => [eligibility, detail, picked]),
    [
      ["cannot_serve_this", "Deployment a cannot take `seed`. Leave it out.", false],
      ["eligible", "", true],
    ],
  );
  const without = fixture.router.explain(query);
  assert.deepEqual(without.ok && without.value.candidates.map(({ eligibility }) => eligibility), ["eligible", "eligible"]);
});
