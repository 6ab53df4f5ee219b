import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Endpoint } from "../../src/core/call.ts";
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
});
