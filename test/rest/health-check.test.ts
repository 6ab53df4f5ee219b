import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "../../src/core/deployment.ts";
import type { DeploymentInfo } from "../../src/core/deployment.ts";
import { defaultRouterSettings } from "../../src/config/settings/read-router-settings.ts";
import { checkHealth, type HealthReport } from "../../src/rest/health-check.ts";
import { CoreFixture, deployment, tableSource } from "../support/core-fixture.ts";

interface Endpoint {
  readonly model_id: string;
  readonly error?: string;
  readonly error_code?: string;
  readonly status_code?: number;
  readonly reason?: string;
  readonly response_ms?: number;
}

function withInfo(id: string, info: Partial<DeploymentInfo>, over: Partial<Deployment> = {}): Deployment {
  const plain = deployment(id, over);
  return { ...plain, info: { ...plain.info, ...info } };
}

/** Probes all of a fixture's deployments until virtual time has run out. */
async function check(fixture: CoreFixture): Promise<HealthReport> {
  const reports: HealthReport[] = [];
  let calls = 0;
  const deps = { router: fixture.router, clock: fixture.clock, newCallId: () => `probe-${++calls}` };
  checkHealth(fixture.router.catalog(), deps, (report) => void reports.push(report));
  for (let turn = 0; turn < 20 && reports.length === 0; turn++) await fixture.settle();
  const [report] = reports;
  assert.ok(report && reports.length === 1, `${reports.length} reports`);
  assert.equal(fixture.clock.pending, 0);
  assert.equal(fixture.router.inFlight, 0);
  return report;
}

const ids = (endpoints: readonly object[]) => (endpoints as Endpoint[]).map(({ model_id: id }) => id);

test("each deployment is asked once, by a real call of its own, and reported by how that went", async () => {
  const fixture = new CoreFixture(tableSource([deployment("well"), deployment("ill"), deployment("gone"), deployment("silent")]));
  fixture.upstream.script("well", { kind: "reply", afterMs: 40 });
  fixture.upstream.script("ill", { kind: "reply", status: 503 });
  fixture.upstream.script("gone", { kind: "refuse" });
  fixture.upstream.script("silent", { kind: "hang" });
  const report = await check(fixture);
  assert.deepEqual([ids(report.healthy_endpoints), ids(report.unhealthy_endpoints)], [["well"], ["ill", "gone", "silent"]]);
  assert.deepEqual([report.healthy_count, report.unhealthy_count, report.skipped_endpoints], [1, 3, []]);
  assert.deepEqual(report.healthy_endpoints[0], {
    model: "fake/well",
    model_id: "well",
    model_name: "m",
    litellm_provider: "fake",
    response_ms: 40,
  });
  const [ill, gone, silent] = report.unhealthy_endpoints as Endpoint[];
  assert.deepEqual([ill?.error_code, ill?.status_code], ["upstream_error", 502]);
  assert.equal(gone?.error_code, "upstream_unreachable");
  assert.deepEqual([silent?.error_code, silent?.response_ms], ["deadline_exceeded", 15_000]);
  assert.deepEqual(
    fixture.upstream.hits.map(({ host }) => host),
    ["well", "ill", "gone", "silent"],
  );
});

test("a probe is neither tried again nor answered by a fallback", async () => {
  const settings = {
    ...defaultRouterSettings,
    numRetries: 5,
    queue: { timeoutMs: 30_000, size: 10 },
    fallbacks: { ...defaultRouterSettings.fallbacks, generic: new Map([["*", [{ model: "other", amend: undefined }]]]) },
  };
  const fixture = new CoreFixture(tableSource([deployment("ill"), deployment("well", { group: "other" })], { settings }));
  fixture.upstream.script("ill", { kind: "reply", status: 500 });
  const report = await check(fixture);
  assert.deepEqual([ids(report.unhealthy_endpoints), ids(report.healthy_endpoints)], [["ill"], ["well"]]);
  assert.equal(fixture.upstream.hitsOf("ill").length, 1);
  assert.equal(fixture.upstream.hitsOf("well").length, 1);
});

test("a deployment is asked for a little of what it is for", async () => {
  const fixture = new CoreFixture(
    tableSource([
      deployment("chat"),
      withInfo("short", { mode: "chat", healthCheck: { timeoutMs: undefined, maxTokens: 1 } }),
      withInfo("long", { healthCheck: { timeoutMs: undefined, maxTokens: 64 } }),
      withInfo("reasoning", {}, { upstreamModel: "o3-mini" }),
      withInfo("azure", { modelInfo: { base_model: "azure/gpt-5-nano" } }, { upstreamModel: "our-name" }),
      withInfo("old", { mode: "completion" }),
      withInfo("vectors", { mode: "embedding" }),
      withInfo("ranks", { mode: "rerank" }),
      withInfo("guards", { mode: "moderation" }),
    ]),
  );
  await check(fixture);
  const bodies = new Map(fixture.upstream.hits.map(({ host, body }) => [host, JSON.parse(body) as Record<string, unknown>]));
  const caps = [...bodies].map(([id, body]) => [id, body["max_tokens"], body["max_completion_tokens"]]);
  assert.deepEqual(caps, [
    ["chat", 16, undefined],
    ["short", 16, undefined],
    ["long", 64, undefined],
    ["reasoning", undefined, 16],
    ["azure", undefined, 16],
    ["old", 16, undefined],
    ["vectors", undefined, undefined],
    ["ranks", undefined, undefined],
    ["guards", undefined, undefined],
  ]);
  assert.ok("messages" in (bodies.get("chat") ?? {}) && "prompt" in (bodies.get("old") ?? {}) && "input" in (bodies.get("vectors") ?? {}));
  assert.ok("documents" in (bodies.get("ranks") ?? {}) && "input" in (bodies.get("guards") ?? {}));
});

test("what cannot or must not be asked is skipped, and why is told", async () => {
  const fixture = new CoreFixture(
    tableSource([
      withInfo("image", { mode: "image_generation" }),
      deployment("paused", { blocked: true }),
      deployment("many", { upstreamModel: "*" }),
      deployment("stopped"),
      deployment("full", { rpm: 1 }),
    ]),
  );
  fixture.router.apply({ weights: new Map(), states: new Map([["stopped", "blocked"]]) });
  await fixture.run({ model: "full" });
  const report = await check(fixture);
  const skipped = report.skipped_endpoints as Endpoint[];
  assert.deepEqual(
    skipped.map(({ model_id: id, reason }) => [id, reason?.replace(/ Try again.*/, "")]),
    [
      ["image", 'Nothing is known to ask a deployment of mode "image_generation".'],
      ["paused", "It is blocked."],
      ["many", "It stands for many models, and no single one is known to ask for."],
      ["stopped", 'No deployments available for "stopped" now: 1 blocked.'],
      ["full", 'No deployments available for "full" now: 1 at the requests-per-minute limit.'],
    ],
  );
  assert.deepEqual([report.healthy_count, report.unhealthy_count], [0, 0]);
  assert.equal(fixture.upstream.hits.length, 1);
});

test("a deployment whose id is also a group's name is not taken for that group", async () => {
  const fixture = new CoreFixture(tableSource([deployment("m", { group: "other" }), deployment("a", { group: "m" })]));
  const report = await check(fixture);
  assert.deepEqual(ids(report.healthy_endpoints), ["a"]);
  assert.match((report.skipped_endpoints as Endpoint[])[0]?.reason ?? "", /also the name of a group/);
});

test("ten are asked at a time, for a minute in all", async () => {
  const all = Array.from({ length: 60 }, (_, index) => deployment(`d${index}`));
  const fixture = new CoreFixture(tableSource(all));
  fixture.upstream.otherwise({ kind: "hang" });
  const begun = fixture.clock.now();
  let most = 0;
  const send = fixture.upstream.send.bind(fixture.upstream);
  fixture.upstream.send = (request, listener) => {
    const exchange = send(request, listener);
    most = Math.max(most, fixture.router.inFlight);
    return exchange;
  };
  const report = await check(fixture);
  assert.equal(most, 10);
  assert.equal(report.unhealthy_count, 40);
  assert.equal(report.skipped_endpoints.length, 20);
  assert.ok(fixture.clock.now() - begun <= 61_000, `${fixture.clock.now() - begun} ms`);
});

test("a deployment's own time for it counts", async () => {
  const fixture = new CoreFixture(tableSource([withInfo("slow", { healthCheck: { timeoutMs: 300, maxTokens: undefined } })]));
  fixture.upstream.otherwise({ kind: "hang" });
  const report = await check(fixture);
  assert.equal((report.unhealthy_endpoints as Endpoint[])[0]?.response_ms, 300);
});

test("all probes end when no caller waits for the report any more", async () => {
  const fixture = new CoreFixture(tableSource(Array.from({ length: 20 }, (_, index) => deployment(`d${index}`))));
  fixture.upstream.otherwise({ kind: "hang" });
  const cancel = checkHealth(fixture.router.catalog(), { router: fixture.router, clock: fixture.clock, newCallId: () => "probe" }, () =>
    assert.fail("a report for nobody"),
  );
  assert.equal(fixture.router.inFlight, 10);
  cancel();
  await fixture.settle();
  assert.equal(fixture.router.inFlight, 0);
  assert.equal(fixture.upstream.hits.length, 10);
  assert.equal(fixture.clock.pending, 0);
});
