import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openAi } from "../../src/formats/openai/index.ts";
import { allowedMethods, findRoute, type Route } from "../../src/rest/routes.ts";

type PlainRoute = Exclude<Route, { kind: "call" }> | Omit<Extract<Route, { kind: "call" }>, "caller">;

const call = (endpoint: "chat" | "completions" | "embeddings", model?: string): PlainRoute => ({ kind: "call", endpoint, model });

function plainRoute(path: string): PlainRoute | undefined {
  const route = findRoute(path);
  if (route?.kind !== "call") return route;
  const { caller, ...plain } = route;
  assert.equal(caller.format, "openai");
  return plain;
}

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
  ["/v1/models/", undefined],
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
