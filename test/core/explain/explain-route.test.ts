import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CallerKey } from "../../../src/core/caller-key.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import type { ExplainedCandidate, RouteExplanation, RouteQuery } from "../../../src/core/explain.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import type { Strategy } from "../../../src/core/strategy.ts";
import type { StrategyChoice } from "../../../src/core/table-source.ts";
import { strategies } from "../../../src/strategies/index.ts";
import { leastBusy } from "../../../src/strategies/least-busy.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { FakeConfigReader } from "../../support/fake-config-reader.ts";

function query(over: Partial<RouteQuery> = {}): RouteQuery {
  return {
    model: "m",
    tags: [],
    requestBytes: 0,
    maxOutputTokens: undefined,
    stream: true,
    allowedRegion: undefined,
    caller: undefined,
    ...over,
  };
}

function explain(fixture: CoreFixture, over: Partial<RouteQuery> = {}): RouteExplanation {
  const explained = fixture.router.explain(query(over));
  assert.ok(explained.ok);
  return explained.value;
}

function of(explanation: RouteExplanation, id: string): ExplainedCandidate {
  const found = explanation.candidates.find(({ deploymentId }) => deploymentId === id);
  assert.ok(found);
  return found;
}

const byLoad: StrategyChoice = { name: leastBusy.name, key: "", create: (deps) => leastBusy.create(undefined, deps) };

function keyOf(over: Partial<CallerKey> = {}): CallerKey {
  return {
    name: "team",
    models: [],
    allows: () => true,
    rpm: undefined,
    tpm: undefined,
    maxParallelRequests: undefined,
    budget: undefined,
    tags: [],
    priority: undefined,
    ...over,
  };
}

describe("an explanation of a route", () => {
  test("tells the strategy's scores, the pick and the reason", () => {
    const fixture = new CoreFixture(
      tableSource([deployment("a"), deployment("b"), deployment("c", { blocked: true })], { strategy: byLoad }),
    );
    fixture.upstream.script("a", { kind: "hang" });
    fixture.upstream.script("b", { kind: "hang" });
    for (let call = 0; call < 3; call++) fixture.start();
    const explained = explain(fixture);
    const [least] = [of(explained, "a"), of(explained, "b")].toSorted((one, other) => (one.score ?? 0) - (other.score ?? 0));
    assert.equal(least?.score, 1);
    assert.equal(explained.pickedId, least?.deploymentId);
    assert.equal(of(explained, "c").score, undefined);
    assert.deepEqual(
      explained.candidates.map(({ picked }) => picked),
      explained.candidates.map(({ deploymentId }) => deploymentId === least?.deploymentId),
    );
    assert.equal(explained.reason, `least-busy picks "${least?.deploymentId}" by its score: calls in flight, the fewest first.`);
    assert.equal(explained.scoreMeaning, "calls in flight, the fewest first");
    assert.deepEqual([explained.group, explained.strategy], ["m", "least-busy"]);
  });

  test("says where chance decides", () => {
    const explained = explain(new CoreFixture(tableSource([deployment("a"), deployment("b")], { strategy: byLoad })));
    assert.equal(explained.pickedId, "a");
    assert.match(explained.reason, /^Chance decides, so another call may go elsewhere than to "a"/);
  });

  test("names the only one that is left, whatever its strategy says", () => {
    const explained = explain(new CoreFixture(tableSource([deployment("a"), deployment("b", { blocked: true })])));
    assert.equal(explained.pickedId, "a");
    assert.equal(explained.reason, '"a" is the only one that may serve the call now.');
  });

  test("of a strategy that does not explain itself says so, and names none", () => {
    const explained = explain(new CoreFixture(tableSource([deployment("a"), deployment("b")])));
    assert.equal(explained.pickedId, undefined);
    assert.equal(explained.reason, 'One of the 2 that are eligible; the strategy "first" does not explain which one it would pick.');
    assert.deepEqual([of(explained, "a").score, of(explained, "a").picked], [undefined, false]);
  });

  const faulty: readonly (readonly [string, Strategy["explain"]])[] = [
    ["throws", () => assert.fail("a user's fault")],
    ["gives too few scores", (candidates) => ({ pick: candidates.at(0), byChance: false, meaning: "nothing", scores: [1] })],
    [
      "names a stranger",
      (candidates) => ({ pick: { ...candidates.at(0), id: "stranger" }, byChance: false, meaning: "nothing", scores: [1, 2] }),
    ],
  ];
  for (const [fault, explainFaultily] of faulty) {
    test(`of a strategy that ${fault} says no more than is known, and the fault is reported`, () => {
      const strategy: Strategy = { pick: (candidates) => candidates.at(0), ...(explainFaultily && { explain: explainFaultily }) };
      const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")], { createStrategy: () => strategy }));
      assert.match(explain(fixture).reason, /does not explain/);
      assert.equal(fixture.internalErrors.length, 1);
    });
  }

  test("tells what keeps each deployment back, tiers included", () => {
    const explained = explain(
      new CoreFixture(
        tableSource([
          deployment("a", { weight: 1 }),
          deployment("spare", { weight: 0 }),
          deployment("later", { weight: 1, order: 1 }),
          deployment("off", { weight: 1, blocked: true }),
        ]),
      ),
    );
    assert.deepEqual(
      explained.candidates.map(({ deploymentId, eligibility, detail, weight }) => [deploymentId, eligibility, detail, weight]),
      [
        ["a", "eligible", "", 1],
        ["spare", "backup", "Has weight 0: used when nothing with weight is eligible.", 0],
        ["later", "lower_order_preferred", "Of order 1: used when nothing of a lower order is eligible.", 1],
        ["off", "blocked", "Blocked by its configuration.", 1],
      ],
    );
    assert.equal(explained.pickedId, "a");
  });

  test("goes to the next tier where the first one is full", () => {
    const fixture = new CoreFixture(tableSource([deployment("a", { rpm: 1 }), deployment("later", { order: 1 })]));
    fixture.upstream.script("a", { kind: "hang" });
    fixture.start();
    const explained = explain(fixture);
    assert.deepEqual([of(explained, "a").eligibility, explained.pickedId], ["rpm_limit", "later"]);
  });

  test("counts a deployment that warms up where nothing else is left", async () => {
    const fixture = new CoreFixture(tableSource([deployment("a", { cooldownMs: 1_000, allowedFailsPolicy: { InternalServerError: 0 } })]));
    fixture.upstream.script("a", { kind: "reply", status: 500 });
    await fixture.run({ numRetries: 0 });
    fixture.clock.advance(1_500);
    fixture.upstream.script("a", { kind: "reply" });
    fixture.start();
    fixture.clock.advance(0);
    fixture.upstream.script("a", { kind: "hang" });
    fixture.start();
    const explained = explain(fixture);
    assert.deepEqual([of(explained, "a").eligibility, of(explained, "a").detail], ["eligible", "Is warming up, but nothing else is left."]);
    assert.equal(fixture.router.deployments()[0]?.eligibility, "warming_up");
    assert.equal(explained.pickedId, "a");
  });

  test("asks the call's tags and its key's", () => {
    const settings = { ...defaultRouterSettings, tagFiltering: { enabled: true, matchAny: true } };
    const fixture = new CoreFixture(tableSource([deployment("a", { tags: ["eu"] }), deployment("b", { tags: ["us"] })], { settings }));
    assert.equal(explain(fixture, { tags: ["us"] }).pickedId, "b");
    const byKey = explain(fixture, { caller: keyOf({ tags: ["eu"] }) });
    assert.equal(byKey.pickedId, "a");
    assert.deepEqual([of(byKey, "b").eligibility, of(byKey, "b").detail], ["tags", "Tagged us; the call asks for eu."]);
  });

  test("of a key that may not call the model picks none", () => {
    const explained = explain(new CoreFixture(tableSource([deployment("a")])), { caller: keyOf({ allows: () => false }) });
    assert.deepEqual([explained.pickedId, explained.reason], [undefined, 'The key "team" may not call "m".']);
    assert.equal(of(explained, "a").picked, false);
  });

  test("looks at the prompt's length and the region", () => {
    const settings = { ...defaultRouterSettings, preCallChecks: true };
    const fixture = new CoreFixture(
      tableSource([deployment("short", { maxInputTokens: 8_192, region: "eu-west-1" }), deployment("us", { region: "us-east-1" })], {
        settings,
      }),
    );
    const explained = explain(fixture, { requestBytes: 48_000, allowedRegion: "EU" });
    assert.deepEqual(
      explained.candidates.map(({ eligibility, detail }) => [eligibility, detail]),
      [
        ["context_window", "Takes 8,192 tokens; the prompt has about 12,000."],
        ["region", "Computes in us-east-1; the call must stay in eu."],
      ],
    );
    assert.equal(explained.pickedId, undefined);
    assert.match(explained.reason, /too long/);
  });

  test("names the groups that a call goes on to, one after the other, each once", () => {
    const generic = new Map([
      ["m", [{ model: "second", amend: undefined }]],
      [
        "second",
        [
          { model: "m", amend: undefined },
          { model: "nobody", amend: undefined },
          { model: "third", amend: undefined },
        ],
      ],
    ]);
    const settings = { ...defaultRouterSettings, fallbacks: { ...defaultRouterSettings.fallbacks, generic } };
    const groups = ["m", "second", "third"].map((group) => deployment(group, { group }));
    assert.deepEqual(explain(new CoreFixture(tableSource(groups, { settings }))).fallbacks, ["second", "third"]);
  });

  test("of a prompt that fits nowhere names the fallbacks for just that", () => {
    const settings = {
      ...defaultRouterSettings,
      preCallChecks: true,
      fallbacks: { ...defaultRouterSettings.fallbacks, contextWindow: new Map([["m", [{ model: "long", amend: undefined }]]]) },
    };
    const all = [deployment("a", { maxInputTokens: 10 }), deployment("long", { group: "long" })];
    const fixture = new CoreFixture(tableSource(all, { settings }));
    assert.deepEqual(explain(fixture, { requestBytes: 4_000 }).fallbacks, ["long"]);
    assert.deepEqual(explain(fixture).fallbacks, []);
  });

  test("names why none is picked and when that changes", () => {
    const fixture = new CoreFixture(tableSource([deployment("a", { rpm: 1 })]));
    fixture.upstream.script("a", { kind: "hang" });
    fixture.start();
    const explained = explain(fixture);
    assert.equal(explained.pickedId, undefined);
    assert.match(explained.reason, /^No deployments available for "m" now: 1 at the requests-per-minute limit. Try again in 6\d s.$/);
  });

  test("of a deployment's id is that deployment", () => {
    assert.equal(explain(new CoreFixture(tableSource([deployment("a"), deployment("b")])), { model: "b" }).pickedId, "b");
  });

  test("of an unknown model is refused", () => {
    const refused = new CoreFixture(tableSource([deployment("a")])).router.explain(query({ model: "nobody" }));
    assert.ok(!refused.ok);
    assert.equal(refused.error.code, "model_not_found");
  });

  for (const plugin of strategies) {
    test(`changes nothing under ${plugin.name}: calls go where they would have gone`, async () => {
      const choice: StrategyChoice = {
        name: plugin.name,
        key: "",
        create: (deps) => plugin.create(plugin.parseConfig(new FakeConfigReader()), deps),
      };
      const deployments: readonly Deployment[] = [1, 2, 3, 0].map((weight, index) => deployment(`d${index}`, { weight, rpm: 9 }));
      const run = async (ask: boolean): Promise<{ hosts: unknown; statuses: unknown; pending: number }> => {
        const fixture = new CoreFixture(tableSource(deployments, { strategy: choice }), 5);
        for (const [index, { id }] of deployments.entries()) {
          fixture.upstream.script(id, { kind: "reply", afterMs: 100 * (index + 1), status: index === 1 ? 500 : 200 });
        }
        for (let call = 0; call < 60; call++) {
          fixture.start({ stream: false });
          if (ask) explain(fixture);
          fixture.clock.advance(90);
          if (ask) explain(fixture, { stream: false, requestBytes: 5_000 });
          await Promise.resolve();
        }
        await fixture.settle();
        return { hosts: fixture.upstream.hits, statuses: fixture.router.deployments(), pending: fixture.clock.pending };
      };
      const alone = await run(false);
      const asked = await run(true);
      assert.deepEqual(JSON.stringify(asked), JSON.stringify(alone));
    });
  }
});
