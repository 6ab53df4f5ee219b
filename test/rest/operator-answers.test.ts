import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallerKey } from "../../src/core/caller-key.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { DeploymentInfo } from "../../src/core/deployment.ts";
import type { Caller } from "../../src/auth/caller.ts";
import { createCors } from "../../src/inbound/cors.ts";
import type { Exchange } from "../../src/rest/exchange.ts";
import { createOperatorAnswers, type OperatorRoute } from "../../src/rest/operator-answers.ts";
import { deployment } from "../support/core-fixture.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { ask, errorOf, type HttpVersion } from "../support/http-client.ts";
import { listeningRest } from "../support/rest-fixture.ts";
import { ScriptedOperator } from "../support/scripted-operator.ts";
import { ScriptedRouter } from "../support/scripted-router.ts";

function withInfo(id: string, info: Partial<DeploymentInfo>, over: Partial<Deployment> = {}): Deployment {
  const plain = deployment(id, over);
  return { ...plain, info: { ...plain.info, ...info } };
}

const catalog = [
  withInfo(
    "a",
    { params: { model: "fake/a", api_key: "***" }, modelInfo: { supports_vision: false, max_output_tokens: 10, team: "x" }, mode: "chat" },
    { rpm: 6, inputCostPerToken: 2e-6, maxInputTokens: 1_000 },
  ),
  withInfo("b", { modelInfo: { supports_vision: true, max_output_tokens: 20 } }, { rpm: 4, provider: "azure", inputCostPerToken: 0 }),
  deployment("c", { group: "other", blocked: true }),
];

function scene() {
  const router = new ScriptedRouter({ kind: "hang" });
  router.configured = catalog;
  const operator = new ScriptedOperator();
  return { router, operator };
}

async function get(
  path: string,
  over: Parameters<typeof listeningRest>[1] & { headers?: Record<string, string>; version?: HttpVersion } = {},
) {
  const { router, operator } = scene();
  await using rest = await listeningRest(router, { operator, ...over });
  const answer = await ask(rest.port, over.version ?? "http1", { path, headers: over.headers ?? {} });
  assert.deepEqual(rest.internalErrors, []);
  return answer;
}

const told = (text: string) => JSON.parse(text) as { data: Record<string, unknown>[] };

const infoOfA = {
  model_name: "m",
  litellm_params: { model: "fake/a", api_key: "***" },
  model_info: {
    supports_vision: false,
    max_output_tokens: 10,
    team: "x",
    id: "a",
    db_model: false,
    litellm_provider: "fake",
    mode: "chat",
    max_input_tokens: 1_000,
    input_cost_per_token: 2e-6,
    output_cost_per_token: null,
    blocked: false,
  },
};

for (const path of ["/model/info", "/v1/model/info"]) {
  for (const version of ["http1", "http2"] as const) {
    test(`${version}: ${path} lists the deployments in LiteLLM's shape`, async () => {
      const { status, headers, text } = await get(path, { version });
      assert.deepEqual([status, headers["content-type"]], [200, "application/json"]);
      const { data } = told(text);
      assert.deepEqual(
        data.map((one) => (one["model_info"] as { id: string }).id),
        ["a", "b", "c"],
      );
      assert.deepEqual(data[0], infoOfA);
    });
  }

  test(`${path} tells of one deployment where its id is given`, async () => {
    assert.deepEqual(told((await get(`${path}?litellm_model_id=a`)).text), { data: [infoOfA] });
    const unknown = await get(`${path}?litellm_model_id=nobody`);
    assert.equal(unknown.status, 404);
    assert.equal(errorOf(unknown).code, "model_not_found");
  });
}

test("/model_group/info adds up what a group's deployments can and may", async () => {
  const { data } = told((await get("/model_group/info")).text);
  assert.deepEqual(data, [
    {
      model_group: "m",
      providers: ["fake", "azure"],
      max_input_tokens: 1_000,
      max_output_tokens: 20,
      input_cost_per_token: 2e-6,
      output_cost_per_token: null,
      mode: "chat",
      tpm: null,
      rpm: 10,
      supports_vision: true,
    },
    {
      model_group: "other",
      providers: ["fake"],
      max_input_tokens: null,
      max_output_tokens: null,
      input_cost_per_token: null,
      output_cost_per_token: null,
      mode: null,
      tpm: null,
      rpm: null,
    },
  ]);
  const one = told((await get("/model_group/info?model_group=other")).text);
  assert.deepEqual(
    one.data.map((group) => group["model_group"]),
    ["other"],
  );
});

test("/router/settings tells each setting's meaning, default and value", async () => {
  const { router, operator } = scene();
  operator.view = { ...operator.view, config: { router_settings: { num_retries: 7, redis_password: "***" } } };
  await using rest = await listeningRest(router, { operator });
  const { status, text } = await ask(rest.port, "http1", { path: "/router/settings" });
  assert.equal(status, 200);
  const { fields, current_values: current } = JSON.parse(text) as { fields: Record<string, unknown>[]; current_values: object };
  assert.deepEqual(current, { num_retries: 7, redis_password: "***" });
  const field = (name: string) => fields.find((one) => one["field_name"] === name);
  assert.deepEqual([field("num_retries")?.["field_type"], field("num_retries")?.["field_value"]], ["Integer", 7]);
  const strategy = field("routing_strategy");
  assert.deepEqual([strategy?.["field_type"], strategy?.["field_value"]], ["String", strategy?.["field_default"]]);
  assert.ok(fields.every((one) => typeof one["field_description"] === "string"));
});

test("/router/settings of a configuration without any tells the defaults", async () => {
  const { fields, current_values: current } = JSON.parse((await get("/router/settings")).text) as {
    fields: { field_value: unknown; field_default: unknown }[];
    current_values: object;
  };
  assert.deepEqual(current, {});
  assert.ok(fields.length > 20 && fields.every((field) => field.field_value === field.field_default));
});

test("/health probes what is asked for and reports it in LiteLLM's shape", async () => {
  const { router, operator } = scene();
  router.script = { kind: "reply", body: {} };
  router.configured = [deployment("deployment-1")];
  await using rest = await listeningRest(router, { operator });
  const { status, text } = await ask(rest.port, "http1", { path: "/health?model=m" });
  assert.equal(status, 200);
  const report = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual(
    [report["healthy_count"], report["unhealthy_count"], report["unhealthy_endpoints"], report["skipped_endpoints"]],
    [1, 0, [], []],
  );
  assert.equal((report["healthy_endpoints"] as { model_id: string }[])[0]?.model_id, "deployment-1");
  assert.deepEqual(
    router.calls.map(({ model, numRetries, disableFallbacks, stream }) => [model, numRetries, disableFallbacks, stream]),
    [["deployment-1", 0, true, false]],
  );
});

test("/health of a model that no deployment serves is not found", async () => {
  const answer = await get("/health?model=nobody");
  assert.deepEqual([answer.status, errorOf(answer).code], [404, "model_not_found"]);
});

test("/health stops probing when its caller hangs up", async () => {
  const { router, operator } = scene();
  await using rest = await listeningRest(router, { operator });
  const cancelled = Promise.all([router.nextCancel(), router.nextCancel()]);
  const hungUp = new AbortController();
  const asked = fetch(`http://127.0.0.1:${rest.port}/health`, { signal: hungUp.signal }).catch((error: unknown) => error);
  while (router.calls.length < 2) await new Promise<void>((resolve) => setImmediate(resolve));
  hungUp.abort();
  await cancelled;
  assert.ok((await asked) instanceof Error);
});

test("/health is refused to pages of unknown origin, which could spend money here", async () => {
  for (const site of ["cross-site", "same-site"]) {
    const answer = await get("/health", { headers: { "sec-fetch-site": site } });
    assert.equal(answer.status, 403);
  }
  const origin = "https://console.example";
  const headers = { "sec-fetch-site": "cross-site", origin };
  assert.equal((await get("/health?model=nobody", { headers, cors: createCors([origin]) })).status, 404);
  assert.equal((await get("/health?model=nobody", { headers: { "sec-fetch-site": "none" } })).status, 404);
});

for (const path of ["/model/info", "/v1/model/info", "/model_group/info", "/health", "/router/settings"]) {
  test(`${path} needs the master key where there is one, and is only read`, async () => {
    assert.equal((await get(path, { masterKey: "k" })).status, 401);
    const { router, operator } = scene();
    await using rest = await listeningRest(router, { operator });
    const posted = await ask(rest.port, "http1", { path, method: "POST", body: "{}" });
    assert.deepEqual([posted.status, posted.headers.allow], [405, "GET, HEAD"]);
    assert.deepEqual(router.calls, []);
  });
}

const key: CallerKey = {
  name: "team",
  models: ["other"],
  allows: (model) => model === "other",
  rpm: undefined,
  tpm: undefined,
  maxParallelRequests: undefined,
  budget: undefined,
  tags: [],
  priority: undefined,
};

function answerTo(caller: Caller, kind: OperatorRoute["kind"]): { status: number; body: Record<string, unknown> } {
  const { router, operator } = scene();
  const answer = createOperatorAnswers({ router, operator, clock: new FakeClock(), newCallId: () => "id" });
  let sent: { status: number; body: Record<string, unknown> } | undefined;
  const exchange = {
    isOpen: true,
    request: { headers: {} },
    sendJson: (status: number, body: string) => void (sent = { status, body: JSON.parse(body) as Record<string, unknown> }),
    sendError: (error: { code: string }) => void (sent = { status: 0, body: { code: error.code } }),
  };
  answer(exchange as unknown as Exchange, { kind }, caller, new URLSearchParams());
  assert.ok(sent);
  assert.deepEqual(router.calls, []);
  return sent;
}

test("a caller's key sees the models that it may call, and nothing of the rest", () => {
  const info = answerTo({ kind: "key", key }, "model_info");
  assert.deepEqual(
    (info.body["data"] as { model_name: string }[]).map(({ model_name: name }) => name),
    ["other"],
  );
  const groups = answerTo({ kind: "key", key }, "model_group_info");
  assert.deepEqual(
    (groups.body["data"] as { model_group: string }[]).map(({ model_group: name }) => name),
    ["other"],
  );
  for (const kind of ["health", "router_settings"] as const) {
    assert.deepEqual(answerTo({ kind: "key", key }, kind), { status: 0, body: { code: "permission_denied" } });
  }
  assert.equal((answerTo({ kind: "admin" }, "model_info").body["data"] as unknown[]).length, 3);
});
