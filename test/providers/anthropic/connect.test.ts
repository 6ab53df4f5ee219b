import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chatCall } from "../../formats/kit/chat/support.ts";
import { connect, encoded, problemsOf, type Setup } from "../support.ts";

const call = chatCall({ max_tokens: 5 });

function requestOf(setup: Omit<Setup, "address">): { url: string; headers: Readonly<Record<string, string>> } {
  const { adapter, model } = connect({ address: "anthropic/claude-x", ...setup });
  const { origin, path, headers } = encoded(adapter, call, model);
  return { url: origin + path, headers };
}

describe("a deployment at Anthropic", () => {
  it("is reached at the usual address, at one of the environment, and at its own, however much of the path that has", () => {
    const cases: [Omit<Setup, "address">, string][] = [
      [{}, "https://api.anthropic.com/v1/messages"],
      [{ apiBase: "https://gw.example.com" }, "https://gw.example.com/v1/messages"],
      [{ apiBase: "https://gw.example.com/v1/" }, "https://gw.example.com/v1/messages"],
      [{ apiBase: "https://gw.example.com/a/v1/messages?t=1" }, "https://gw.example.com/a/v1/messages?t=1"],
      [{ environment: { ANTHROPIC_BASE_URL: "https://gw.example.com/anthropic" } }, "https://gw.example.com/anthropic/v1/messages"],
      [
        { apiBase: "https://gw.example.com/chat", environment: { LITELLM_ANTHROPIC_DISABLE_URL_SUFFIX: "true" } },
        "https://gw.example.com/chat",
      ],
      // These speak OpenAI's format.
      [{ apiBase: "https://gw.example.com/v1/chat/completions" }, "https://gw.example.com/v1/chat/completions"],
      [{ apiBase: "https://gw.example.com/openai" }, "https://gw.example.com/openai/chat/completions"],
    ];
    for (const [setup, url] of cases) assert.equal(requestOf(setup).url, url);
  });

  it("shows a key, a token of an account or a token of the environment, each in its way", () => {
    const own = requestOf({}).headers;
    assert.deepEqual([own["x-api-key"], own["authorization"], own["anthropic-version"]], ["sk-test-0123456789", undefined, "2023-06-01"]);
    const account = requestOf({ apiKey: "sk-ant-oat01-x", extraHeaders: { "anthropic-beta": "files-api-2025-04-14" } }).headers;
    assert.equal(account["authorization"], "Bearer sk-ant-oat01-x");
    assert.equal(account["x-api-key"], undefined);
    assert.equal(account["anthropic-beta"], "oauth-2025-04-20,files-api-2025-04-14");
    const token = requestOf({ apiKey: undefined, environment: { ANTHROPIC_AUTH_TOKEN: "t" } }).headers;
    assert.deepEqual([token["x-api-key"], token["authorization"]], [undefined, "Bearer t"]);
  });

  it("needs a credential at Anthropic's own address alone", () => {
    const none = { address: "anthropic/claude-x", apiKey: undefined };
    assert.match(problemsOf(none).join(), /^api_key is missing: .* ANTHROPIC_API_KEY$/);
    connect({ ...none, apiBase: "http://localhost:8080" });
  });
});
