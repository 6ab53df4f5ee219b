import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openAi } from "../../src/formats/openai/index.ts";
import { allowedMethods, findRoute, knownPaths, type Route } from "../../src/rest/routes.ts";

type PlainRoute = Exclude<Route, { kind: "call" }> | Omit<Extract<Route, { kind: "call" }>, "caller">;

const call = (endpoint: "chat" | "completions" | "embeddings", model?: string): PlainRoute => ({ kind: "call", endpoint, model });

function plainRoute(path: string): PlainRoute | undefined {
  const route = findRoute(path);
  if (route?.kind !== "call") return route;
  const { caller, ...plain } = route;
  assert.equal(caller.format, "openai");
  return plain;
}

const operations = [
  ["image_generation", "/images/generations"],
  ["image_edit", "/images/edits", "form"],
  ["image_variation", "/images/variations", "form"],
  ["speech", "/audio/speech"],
  ["transcription", "/audio/transcriptions", "form"],
  ["translation", "/audio/translations", "form"],
  ["moderation", "/moderations"],
  ["rerank", "/rerank"],
  ["decisions", "/decisions"],
] as const;

for (const [endpoint, path, body] of operations) {
  test(`${path} is ${endpoint}, with and without /v1 and under a model, and answers POST alone`, () => {
    for (const spelling of [path, `/v1${path}`, `/openai/v1${path}`, `/v1${path}/`]) {
      const route = plainRoute(spelling);
      assert.deepEqual(route, { kind: "call", endpoint, model: undefined, ...(body === undefined ? {} : { body }) }, spelling);
    }
    for (const prefix of ["/engines/a%2Fb", "/openai/deployments/a/b"]) {
      assert.deepEqual(plainRoute(prefix + path), { kind: "call", endpoint, model: "a/b", ...(body === undefined ? {} : { body }) });
    }
    const found = findRoute(path, "GET");
    assert.equal(found && allowedMethods(found), "POST");
    assert.ok(knownPaths.includes(`/v1${path}`), knownPaths);
  });
}

test("Cohere's newer path of rerank is known too", () => {
  assert.deepEqual(plainRoute("/v2/rerank"), { kind: "call", endpoint: "rerank", model: undefined });
  assert.match(knownPaths, /\/v2\/rerank.*GET .*\/v1\/models, .*\/v1\/models\/\{id\}/);
});

const cases: readonly (readonly [path: string, route: PlainRoute | undefined])[] = [
  ["/", { kind: "hello" }],
  ["/chat/completions", call("chat")],
  ["/v1/chat/completions", call("chat")],
  ["/completions", call("completions")],
  ["/v1/completions", call("completions")],
  ["/embeddings", call("embeddings")],
  ["/v1/embeddings", call("embeddings")],
  ["/engines/gpt-4/chat/completions", call("chat", "gpt-4")],
  ["/engines/gpt-4/completions", call("completions", "gpt-4")],
  ["/engines/gpt-4/embeddings", call("embeddings", "gpt-4")],
  ["/openai/deployments/gpt-4/chat/completions", call("chat", "gpt-4")],
  ["/openai/deployments/gpt-4/completions", call("completions", "gpt-4")],
  ["/openai/deployments/gpt-4/embeddings", call("embeddings", "gpt-4")],
  ["/engines/azure%2Fgpt-4/chat/completions", call("chat", "azure/gpt-4")],
  ["/engines/azure/gpt-4/chat/completions", call("chat", "azure/gpt-4")],
  ["/engines/100%/chat/completions", call("chat", "100%")],
  // The shortest reading of this path: completions by a model called "chat".
  ["/engines/chat/completions", call("completions", "chat")],
  ["/engines//chat/completions", call("completions", "/chat")],
  ["/engines/completions", undefined],
  ["/engines/gpt-4", undefined],
  ["/models", { kind: "models" }],
  ["/metrics", { kind: "metrics" }],
  ["/v1/models", { kind: "models" }],
  ["/v1/models/gpt-4", { kind: "model", model: "gpt-4" }],
  ["/models/azure/gpt-4", { kind: "model", model: "azure/gpt-4" }],
  ["/v1/models/azure%2Fgpt-4", { kind: "model", model: "azure/gpt-4" }],
  ["/model/info", { kind: "model_info" }],
  ["/v1/model/info", { kind: "model_info" }],
  ["/model_group/info", { kind: "model_group_info" }],
  ["/health", { kind: "health" }],
  ["/router/settings", { kind: "router_settings" }],
  ["/health/liveliness", { kind: "liveness" }],
  ["/health/liveness", { kind: "liveness" }],
  ["/health/readiness", { kind: "readiness" }],
  ["/v1/chat/completion", undefined],
  ["/v2/chat/completions", undefined],
  ["*", undefined],
  ["", undefined],
];

for (const [path, route] of cases) {
  test(`${path === "" ? "an empty path" : path} is ${route === undefined ? "unknown" : JSON.stringify(route)}`, () => {
    assert.deepEqual(plainRoute(path), route);
  });
}

/** What the paths of one line stand for, the first of which is the plain one. */
const alike: readonly (readonly string[])[] = [
  ...["chat/completions", "completions", "embeddings", "models"].map((path) => [
    `/v1/${path}`,
    `/${path}`,
    `//${path}`,
    `/${path}/`,
    `/v1/${path}/`,
    `/v1/${path}//`,
    `//v1/${path}`,
    `///v1//${path}`,
    `/v1//${path}`,
    `/v1/${path.replace("/", "//")}`,
    `/v1/v1/${path}`,
    `/v1/v1/v1/${path}/`,
    `/v1//v1/${path}`,
    `/openai/v1/${path}`,
    `/openai/${path}`,
    `/openai/v1/${path}/`,
    `//openai//v1//${path}`,
    `/openai/v1/v1/${path}`,
    `/v1/openai/v1/${path}`,
  ]),
  [
    "/openai/deployments/azure/gpt-4/chat/completions",
    "/openai/deployments/azure/gpt-4/chat/completions/",
    "//openai/deployments/azure/gpt-4/chat/completions",
    "/v1/openai/deployments/azure/gpt-4/chat/completions",
    "/openai//deployments/azure/gpt-4/chat/completions",
    "/openai/openai/deployments/azure/gpt-4/chat/completions",
    "/openai/deployments/azure%2Fgpt-4/chat/completions",
  ],
  ["/engines/a//b/embeddings", "//engines/a//b/embeddings", "/v1/engines/a//b/embeddings/"],
  ["/v1/models/a//b", "/models/a//b", "/openai/models/a//b", "/openai/v1/models/a//b/", "/v1/v1/models/a//b", "/v1/models/a%2F%2Fb/"],
  ["/v1/models/v1/chat", "//v1/models/v1/chat/"],
  ["/v1/model/info", "/model/info/", "/v1/v1/model/info", "//model//info"],
  ["/health", "/health/", "//health"],
  ["/health/readiness", "/health/readiness/", "//health//readiness"],
  ["/metrics", "/metrics/"],
  ["/", "//", "///"],
];

for (const [plain = "", ...others] of alike) {
  test(`${plain} is the same route in every spelling that clients make of it`, () => {
    const route = findRoute(plain);
    assert.ok(route !== undefined);
    for (const path of others) assert.deepEqual(findRoute(path), route, path);
  });
}

for (const path of [
  "/v1",
  "/v1/",
  "/v1/v1/",
  "/openai",
  "/openai/",
  "/openai/v1/",
  "/v1/metrics",
  "/openai/health",
  "/v1/v1/router/settings",
  "/v2//models",
]) {
  test(`${path} is nothing`, () => assert.equal(findRoute(path), undefined));
}

test("a path of any length is looked at in linear time", () => {
  // Quadratic work would take minutes.
  for (const piece of ["/", "/v1", "/openai", "/v1/x", "//x"]) assert.equal(findRoute(`${piece.repeat(200_000)}x`), undefined, piece);
});

test("any model name can be named in a path", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (model) => {
      const encoded = encodeURIComponent(model.toWellFormed());
      assert.deepEqual(plainRoute(`/engines/${encoded}/chat/completions`), call("chat", model));
      assert.deepEqual(findRoute(`/v1/models/${encoded}`), { kind: "model", model });
    }),
  );
});

test("calls are posted, everything else is read", () => {
  assert.equal(allowedMethods({ ...call("chat"), kind: "call", caller: openAi.caller } as Route), "POST");
  for (const kind of ["models", "liveness", "readiness", "hello"] as const) assert.equal(allowedMethods({ kind }), "GET, HEAD");
});
