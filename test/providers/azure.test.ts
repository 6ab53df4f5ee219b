import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Endpoint } from "../../src/core/endpoints.ts";
import { callOf } from "../formats/openai/support.ts";
import { connect, encoded, problemsOf, type Setup } from "./support.ts";

function urlOf(setup: Partial<Setup>, endpoint: Endpoint = "chat"): string {
  const { adapter, model } = connect({ address: "azure/my-gpt", ...setup });
  const { origin, path } = encoded(adapter, callOf({ model: "m" }, endpoint), model);
  return origin + path;
}

describe("azure", () => {
  it("addresses the deployment by path, whatever of it the endpoint already has", () => {
    const expected = "https://r.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-02-01";
    for (const tail of ["", "/", "/openai", "/openai/", "/openai/deployments", "/openai/deployments/other/", "?api-version=2024-02-01"]) {
      assert.equal(urlOf({ apiBase: `https://r.openai.azure.com${tail}`, apiVersion: "2024-02-01" }), expected, tail);
    }
    assert.equal(urlOf({ apiBase: "https://r.openai.azure.com?api-version=2024-02-01" }), expected);
  });

  it("uses a stable version unless another is given", () => {
    assert.match(urlOf({ apiBase: "https://r" }), /api-version=2024-10-21$/);
    assert.match(urlOf({ apiBase: "https://r", environment: { AZURE_API_VERSION: "2025-01-01" } }), /api-version=2025-01-01$/);
  });

  it("speaks the v1 form where the address or the version says so", () => {
    assert.equal(urlOf({ apiBase: "https://r/openai/v1/" }), "https://r/openai/v1/chat/completions");
    assert.equal(urlOf({ apiBase: "https://r", apiVersion: "v1" }), "https://r/openai/v1/chat/completions");
    assert.equal(urlOf({ apiBase: "https://r/openai", apiVersion: "latest" }), "https://r/openai/v1/chat/completions");
    assert.equal(urlOf({ apiBase: "https://r", apiVersion: "preview" }), "https://r/openai/v1/chat/completions?api-version=preview");
  });

  it("serves the other operations and names that need escaping", () => {
    assert.match(urlOf({ apiBase: "https://r" }, "embeddings"), /\/deployments\/my-gpt\/embeddings\?/);
    assert.match(urlOf({ apiBase: "https://r", address: "azure/a b/c" }), /\/deployments\/a%20b%2Fc\/chat/);
  });

  it("puts the key into api-key, and the deployment into the body's model", () => {
    const { adapter, model } = connect({
      address: "azure/my-gpt",
      apiBase: "https://r",
      apiKey: undefined,
      environment: { AZURE_API_KEY: "k-0123456789" },
    });
    const request = encoded(adapter, callOf({ model: "m" }), model);
    assert.equal(request.headers["api-key"], "k-0123456789");
    assert.equal(request.headers["authorization"], undefined);
    assert.equal(Buffer.concat(request.body).toString(), '{"model":"my-gpt"}');
  });

  it("says what is missing", () => {
    const problems = problemsOf({ address: "azure/x", apiKey: undefined });
    assert.match(problems.join("\n"), /api_base is missing: .*openai\.azure\.com.*\napi_key is missing: .*AZURE_API_KEY/);
  });

  it("takes the addresses of Foundry, and whatever path of ours they hold already", () => {
    const models = "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview";
    const deployments = "https://r.services.ai.azure.com/openai/deployments/x/chat/completions?api-version=2024-10-21";
    const cases: [address: string, apiBase: string, url: string][] = [
      ["azure_ai/x", "https://r.services.ai.azure.com", models],
      ["azure_ai/x", "https://r.services.ai.azure.com/models", models],
      ["azure_ai/x", "https://r.services.ai.azure.com/models/chat/completions", models],
      ["azure_ai/x", "https://r.services.ai.azure.com/api/projects/p", models],
      ["azure_ai/x", "https://r.services.ai.azure.com/models?api-version=2025-01-01", models.replace("2024-05-01-preview", "2025-01-01")],
      ["azure_ai/x", "https://r.services.ai.azure.com/openai/v1/", "https://r.services.ai.azure.com/openai/v1/chat/completions"],
      ["azure_ai/x", "https://x.eastus.models.ai.azure.com", "https://x.eastus.models.ai.azure.com/chat/completions"],
      ["azure_ai/x", "https://x.models.ai.azure.com/v1/chat/completions", "https://x.models.ai.azure.com/v1/chat/completions"],
      ["azure_ai/x", "https://r.openai.azure.com", deployments.replace("services.ai", "openai")],
      ["azure/x", "https://r.services.ai.azure.com/models", models],
      ["azure/x", "https://r.services.ai.azure.com", deployments],
      ["azure/x", "https://r.services.ai.azure.com/openai/deployments/x/chat/completions", deployments],
      ["azure/x", "https://r.cognitiveservices.azure.com", deployments.replace("services.ai", "cognitiveservices")],
      ["azure/o_series/x", "https://r.openai.azure.com", deployments.replace("services.ai", "openai")],
      ["azure/gpt5_series/x", "https://r.openai.azure.com/openai/responses", deployments.replace("services.ai", "openai")],
    ];
    for (const [address, apiBase, url] of cases) assert.equal(urlOf({ address, apiBase }), url, `${address} at ${apiBase}`);
  });

  it("shows a server of one model the key as it wants it, and resources as they want it", () => {
    const environment = { AZURE_AI_API_KEY: "k-0123456789" };
    const headersAt = (apiBase: string) => {
      const { adapter, model } = connect({ address: "azure_ai/x", apiBase, apiKey: undefined, environment });
      const { authorization, "api-key": apiKey } = encoded(adapter, callOf({ model: "m" }), model).headers;
      return [authorization, apiKey];
    };
    assert.deepEqual(headersAt("https://x.eastus.models.ai.azure.com"), ["Bearer k-0123456789", undefined]);
    assert.deepEqual(headersAt("https://r.services.ai.azure.com/models"), [undefined, "k-0123456789"]);
  });

  it("speaks Anthropic's Messages with Claude, and where the address says so", () => {
    const expected = "https://r.services.ai.azure.com/anthropic/v1/messages";
    const rows: readonly (readonly [string, string])[] = [
      ["azure_ai/claude-haiku-4-5", ""],
      ["azure_ai/claude-haiku-4-5", "/"],
      ["azure_ai/claude-haiku-4-5", "/anthropic"],
      ["azure_ai/claude-haiku-4-5", "/anthropic/v1/"],
      ["azure_ai/claude-haiku-4-5", "/anthropic/v1/messages"],
      ["azure_ai/claude-haiku-4-5", "/models"],
      ["azure_ai/claude-haiku-4-5", "/api/projects/p"],
      ["azure_ai/our-name", "/anthropic"],
    ];
    for (const [address, path] of rows) {
      const { adapter, model } = connect({ address, apiBase: `https://r.services.ai.azure.com${path}`, apiKey: "sk-foundry-1" });
      const request = encoded(adapter, callOf({ model: "m", max_tokens: 9, messages: [{ role: "user", content: "hi" }] }), model);
      assert.equal(request.origin + request.path, expected, path);
      assert.deepEqual(
        ["api-key", "x-api-key", "anthropic-version", "authorization"].map((name) => request.headers[name]),
        ["sk-foundry-1", "sk-foundry-1", "2023-06-01", undefined],
      );
      assert.deepEqual(JSON.parse(Buffer.concat(request.body).toString()), {
        model,
        max_tokens: 9,
        messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      });
    }
    const openAi = connect({ address: "azure_ai/claude-x", apiBase: "https://r.services.ai.azure.com/openai/v1" });
    assert.equal(encoded(openAi.adapter, callOf({ model: "m" }), openAi.model).path, "/openai/v1/chat/completions");
  });
});
