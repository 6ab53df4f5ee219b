import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hosts } from "../../src/providers/openai/hosts.ts";
import { callOf } from "../formats/openai/support.ts";
import { connect, encoded, problemsOf, type Setup } from "./support.ts";

function urlOf(setup: Setup): string {
  const { adapter, model } = connect(setup);
  const { origin, path } = encoded(adapter, callOf({ model: "m" }), model);
  return origin + path;
}

function bodyOf(setup: Setup, request: object = { model: "m" }): unknown {
  const { adapter, model } = connect(setup);
  return JSON.parse(Buffer.concat(encoded(adapter, callOf(request), model).body).toString());
}

function headersOf(setup: Setup): Readonly<Record<string, string>> {
  const { adapter, model } = connect(setup);
  return encoded(adapter, callOf({ model: "m" }), model).headers;
}

describe("the hosts that speak OpenAI's format", () => {
  it("are listed with valid addresses and without a prefix twice", () => {
    const prefixes = hosts.flatMap((host) => host.prefixes);
    assert.equal(new Set(prefixes).size, prefixes.length);
    for (const host of hosts) {
      if (host.apiBase !== undefined) assert.match(host.apiBase, /^https?:\/\/[^/]+(\/.*[^/])?$/, host.name);
      assert.ok(host.keyless || host.apiKeyVariables.length > 0, host.name);
      assert.ok(host.apiBase !== undefined || host.apiBaseVariables.length > 0, host.name);
    }
  });

  it("are reached where they are", () => {
    const cases: [Setup, string][] = [
      [{ address: "openai/gpt-4o" }, "https://api.openai.com/v1/chat/completions"],
      [{ address: "gpt-4o" }, "https://api.openai.com/v1/chat/completions"],
      [{ address: "claude-3-haiku" }, "https://api.anthropic.com/v1/chat/completions"],
      [{ address: "groq/openai/gpt-oss-120b" }, "https://api.groq.com/openai/v1/chat/completions"],
      [{ address: "gemini/gemini-2.0-flash" }, "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"],
      [{ address: "ollama/qwen3:30b" }, "http://localhost:11434/v1/chat/completions"],
      [{ address: "ollama_chat/x", apiBase: "http://gpu:11434/" }, "http://gpu:11434/v1/chat/completions"],
      [{ address: "hosted_vllm/x", apiBase: "http://gpu:8000" }, "http://gpu:8000/v1/chat/completions"],
      [{ address: "openai/x", apiBase: "http://gpu:8000" }, "http://gpu:8000/chat/completions"],
      [{ address: "openai/x", apiBase: "http://gpu:8000/v1///" }, "http://gpu:8000/v1/chat/completions"],
      [{ address: "openai/x", apiBase: "http://gpu:8000/v1/chat/completions" }, "http://gpu:8000/v1/chat/completions"],
      [{ address: "openai/x", apiBase: "https://gw.example.com/v1?tenant=7" }, "https://gw.example.com/v1/chat/completions?tenant=7"],
      [{ address: "openai/x", environment: { OPENAI_API_BASE: "http://gpu/v1" } }, "http://gpu/v1/chat/completions"],
      [{ address: "anthropic/x", apiBase: "https://api.anthropic.com" }, "https://api.anthropic.com/v1/chat/completions"],
      [
        { address: "gemini/x", apiBase: "https://generativelanguage.googleapis.com/v1beta" },
        "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
      ],
      [
        { address: "cloudflare/@cf/meta/x", environment: { CLOUDFLARE_ACCOUNT_ID: "abc" } },
        "https://api.cloudflare.com/client/v4/accounts/abc/ai/v1/chat/completions",
      ],
      [
        { address: "cloudflare/@cf/meta/x", apiBase: "https://api.cloudflare.com/client/v4/accounts/abc/ai/run/" },
        "https://api.cloudflare.com/client/v4/accounts/abc/ai/v1/chat/completions",
      ],
      [{ address: "meta-llama/llama-4", apiBase: "https://api.groq.com/openai/v1" }, "https://api.groq.com/openai/v1/chat/completions"],
    ];
    for (const [setup, url] of cases) assert.equal(urlOf(setup), url);
  });

  it("take the key from the configuration, else from the usual variable", () => {
    const environment = { GROQ_API_KEY: " gsk-environment\n" };
    assert.equal(headersOf({ address: "groq/x", apiKey: "gsk-own-key", environment })["authorization"], "Bearer gsk-own-key");
    assert.equal(headersOf({ address: "groq/x", apiKey: undefined, environment })["authorization"], "Bearer gsk-environment");
    assert.equal(headersOf({ address: "ollama/x", apiKey: undefined })["authorization"], undefined);
    assert.equal(headersOf({ address: "openai/x", apiKey: undefined, apiBase: "http://gpu/v1" })["authorization"], undefined);
  });

  it("let extra headers have the last word", () => {
    const headers = headersOf({ address: "openai/x", organization: "org-1", extraHeaders: { Authorization: "Basic x", "X-A": "b" } });
    assert.equal(headers["authorization"], "Basic x");
    assert.equal(headers["x-a"], "b");
    assert.equal(headers["openai-organization"], "org-1");
  });

  it("say what is missing and how to give it", () => {
    const cases: [Setup, RegExp][] = [
      [{ address: "groq/x", apiKey: undefined }, /^api_key is missing: set it here, or set the environment variable GROQ_API_KEY$/],
      [{ address: "hosted_vllm/x" }, /^api_base is missing: .*HOSTED_VLLM_API_BASE/],
      [{ address: "cloudflare/x" }, /^api_base is missing: .*CLOUDFLARE_ACCOUNT_ID/],
      [{ address: "openai/x", apiBase: "localhost:8000" }, /^api_base is not a URL; expected one that begins with https/],
      [{ address: "openai/x", apiBase: "https://user:hunter2@host/v1" }, /^api_base must not hold a user name or password/],
    ];
    for (const [setup, message] of cases) {
      const problems = problemsOf(setup);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", message);
      assert.doesNotMatch(problems[0] ?? "", /hunter2/);
    }
  });

  it("are spared what they refuse, when that is wanted", () => {
    const request = { model: "m", logit_bias: {}, temperature: 1 };
    assert.deepEqual(bodyOf({ address: "groq/x", dropParams: true }, request), { model: "x", temperature: 1 });
    assert.deepEqual(bodyOf({ address: "groq/x" }, request), { model: "x", logit_bias: {}, temperature: 1 });
  });

  it("get model names in full where they are usually written short", () => {
    assert.deepEqual(bodyOf({ address: "fireworks_ai/llama-v3" }), { model: "accounts/fireworks/models/llama-v3" });
    assert.deepEqual(bodyOf({ address: "fireworks_ai/accounts/me/models/x" }), { model: "accounts/me/models/x" });
  });
});
