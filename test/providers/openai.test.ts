import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../src/core/provider.ts";
import { hosts } from "../../src/providers/openai/hosts.ts";
import { callOf } from "../formats/openai/support.ts";
import { sharedFolder, skippedWithout } from "../support/shared-folder.ts";
import { messagesCall } from "../formats/anthropic/caller/support.ts";
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

const reference = "reference/openai-like-hosts.md";

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
      [{ address: "groq/openai/gpt-oss-120b" }, "https://api.groq.com/openai/v1/chat/completions"],
      [{ address: "ollama/qwen3:30b" }, "http://localhost:11434/v1/chat/completions"],
      [{ address: "ollama_chat/x", apiBase: "http://gpu:11434/" }, "http://gpu:11434/v1/chat/completions"],
      [{ address: "hosted_vllm/x", apiBase: "http://gpu:8000" }, "http://gpu:8000/v1/chat/completions"],
      [{ address: "openai/x", apiBase: "http://gpu:8000" }, "http://gpu:8000/chat/completions"],
      [{ address: "openai/x", apiBase: "http://gpu:8000/v1///" }, "http://gpu:8000/v1/chat/completions"],
      [{ address: "openai/x", apiBase: "http://gpu:8000/v1/chat/completions" }, "http://gpu:8000/v1/chat/completions"],
      [{ address: "openai/x", apiBase: "https://gw.example.com/v1?tenant=7" }, "https://gw.example.com/v1/chat/completions?tenant=7"],
      [{ address: "openai/x", environment: { OPENAI_API_BASE: "http://gpu/v1" } }, "http://gpu/v1/chat/completions"],
      [
        { address: "cloudflare/@cf/meta/x", environment: { CLOUDFLARE_ACCOUNT_ID: "abc" } },
        "https://api.cloudflare.com/client/v4/accounts/abc/ai/v1/chat/completions",
      ],
      [
        { address: "cloudflare/@cf/meta/x", apiBase: "https://api.cloudflare.com/client/v4/accounts/abc/ai/run/" },
        "https://api.cloudflare.com/client/v4/accounts/abc/ai/v1/chat/completions",
      ],
      [{ address: "openai/x", apiBase: "http://qwen3.6:8000/v1" }, "http://qwen3.6:8000/v1/chat/completions"],
      [{ address: "openai/x", apiBase: "http://gpu/v1/chat/completions/chat/completions" }, "http://gpu/v1/chat/completions"],
      [{ address: "openai/x", apiBase: "http://gpu/v1/responses" }, "http://gpu/v1/chat/completions"],
      [{ address: "zai/glm-4.6" }, "https://api.z.ai/api/paas/v4/chat/completions"],
      [
        { address: "minimax/M2", environment: { MINIMAX_API_BASE: "https://api.minimaxi.com/v1" } },
        "https://api.minimaxi.com/v1/chat/completions",
      ],
      [{ address: "scx-ai/x" }, "https://api.scx.ai/v1/chat/completions"],
      [{ address: "datarobot/x", apiBase: "https://dr.example.com/api/v2/" }, "https://dr.example.com/api/v2/genai/llmgw/chat/completions"],
      [{ address: "docker_model_runner/x", apiBase: "http://d:22088/engines/vllm" }, "http://d:22088/engines/vllm/v1/chat/completions"],
      [{ address: "gradient_ai/x" }, "https://inference.do-ai.run/v1/chat/completions"],
      [{ address: "heroku/x", apiBase: "https://us.inference.heroku.com" }, "https://us.inference.heroku.com/v1/chat/completions"],
      [{ address: "huggingface/org/model", apiBase: "https://tgi.example.com" }, "https://tgi.example.com/v1/chat/completions"],
      [
        { address: "databricks/x", apiBase: "https://dbc-1.cloud.databricks.com" },
        "https://dbc-1.cloud.databricks.com/serving-endpoints/chat/completions",
      ],
      [
        { address: "databricks/x", apiBase: "https://dbc-1.cloud.databricks.com/serving-endpoints/" },
        "https://dbc-1.cloud.databricks.com/serving-endpoints/chat/completions",
      ],
      [
        { address: "snowflake/x", environment: { SNOWFLAKE_ACCOUNT_ID: "ab-c1" } },
        "https://ab-c1.snowflakecomputing.com/api/v2/cortex/v1/chat/completions",
      ],
      [
        { address: "snowflake/x", apiBase: "https://ab-c1.snowflakecomputing.com/api/v2" },
        "https://ab-c1.snowflakecomputing.com/api/v2/cortex/v1/chat/completions",
      ],
      [
        { address: "snowflake/x", apiBase: "https://ab-c1.snowflakecomputing.com/api/v2/cortex/inference:complete" },
        "https://ab-c1.snowflakecomputing.com/api/v2/cortex/v1/chat/completions",
      ],
      [{ address: "ragflow/chat/7/x", apiBase: "http://rag:9380" }, "http://rag:9380/api/v1/chats_openai/7/chat/completions"],
      [
        { address: "ragflow/agent/a b/x", apiBase: "http://rag:9380/api/v1" },
        "http://rag:9380/api/v1/agents_openai/a%20b/chat/completions",
      ],
      [{ address: "text-completion-openai/x" }, "https://api.openai.com/v1/completions"],
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

  it("are not told how much to think by callers of Messages, where a model is known not to", () => {
    const facts: Readonly<Record<string, JsonMembers>> = { plain: { mode: "chat" }, thinker: { mode: "chat", supports_reasoning: true } };
    const efforts = ["plain", "thinker", "unknown"].map((name) => {
      const { adapter, model } = connect({ address: `openai/${name}`, modelFact: (of, fact) => facts[of]?.[fact] });
      const body = Buffer.concat(encoded(adapter, messagesCall({ thinking: { type: "adaptive" } }), model).body).toString();
      return (JSON.parse(body) as JsonMembers)["reasoning_effort"];
    });
    assert.deepEqual(efforts, [undefined, "medium", "medium"]);
  });

  it("get model names in full where they are usually written short", () => {
    assert.deepEqual(bodyOf({ address: "fireworks_ai/llama-v3" }), { model: "accounts/fireworks/models/llama-v3" });
    assert.deepEqual(bodyOf({ address: "fireworks_ai/accounts/me/models/x" }), { model: "accounts/me/models/x" });
  });

  it("get model names as their router writes them", () => {
    assert.deepEqual(bodyOf({ address: "huggingface/together/deepseek-ai/DeepSeek-R1" }), { model: "deepseek-ai/DeepSeek-R1:together" });
    assert.deepEqual(bodyOf({ address: "huggingface/deepseek-ai/DeepSeek-R1" }), { model: "deepseek-ai/DeepSeek-R1" });
    assert.deepEqual(bodyOf({ address: "huggingface/deepseek-ai/DeepSeek-R1:groq" }), { model: "deepseek-ai/DeepSeek-R1:groq" });
  });

  it("get the model's name without what stands in the path", () => {
    assert.deepEqual(bodyOf({ address: "ragflow/chat/7/org/x", apiBase: "http://rag" }), { model: "org/x" });
  });

  it("get the kind of their token told, where there are several", () => {
    const setup: Setup = { address: "snowflake/x", apiBase: "https://a.snowflakecomputing.com" };
    const kind = "x-snowflake-authorization-token-type";
    const [ofPat, ofJwt] = [headersOf({ ...setup, apiKey: "pat/the-token-1" }), headersOf({ ...setup, apiKey: "ey.the.jwt" })];
    assert.deepEqual([ofPat["authorization"], ofPat[kind]], ["Bearer the-token-1", "PROGRAMMATIC_ACCESS_TOKEN"]);
    assert.deepEqual([ofJwt["authorization"], ofJwt[kind]], ["Bearer ey.the.jwt", "KEYPAIR_JWT"]);
    const { adapter } = connect({ ...setup, apiKey: "pat/the-token-1" });
    assert.doesNotMatch(adapter.decodeError(400, {}, Buffer.from('{"message":"bad the-token-1"}')).message, /the-token-1/);
  });

  it("say where they are where LiteLLM looks for them elsewhere, unless an address is configured", () => {
    const lines = ["deepseek", "dashscope", "github", "together_ai"].map((prefix) => connect({ address: `${prefix}/x` }).adapter.notes);
    assert.deepEqual(lines, [
      ["at https://api.deepseek.com/v1 (LiteLLM: https://api.deepseek.com/beta)"],
      ["at https://dashscope-intl.aliyuncs.com/compatible-mode/v1 (LiteLLM: https://dashscope.aliyuncs.com/compatible-mode/v1)"],
      ["at https://models.github.ai/inference (LiteLLM: https://models.inference.ai.azure.com)"],
      ["at https://api.together.xyz/v1 (LiteLLM: https://api.together.ai/v1)"],
    ]);
    assert.deepEqual(connect({ address: "deepseek/x", apiBase: "https://api.deepseek.com/beta" }).adapter.notes, []);
    assert.deepEqual(connect({ address: "openai/x" }).adapter.notes, []);
  });

  it("get the cap on output tokens by the name that they know", () => {
    const cases: [Setup, object, object][] = [
      [{ address: "poe/x" }, { max_completion_tokens: 5 }, { max_tokens: 5 }],
      [{ address: "poe/x" }, { max_tokens: 5 }, { max_tokens: 5 }],
      [{ address: "poe/x" }, { max_tokens: 5, max_completion_tokens: 6 }, { max_tokens: 5 }],
      [{ address: "poe/x", defaults: { max_completion_tokens: 7 } }, {}, { max_tokens: 7 }],
      [{ address: "poe/x", defaults: { max_tokens: 7 } }, { max_completion_tokens: 3 }, { max_tokens: 3 }],
      [{ address: "streamlake/x" }, { max_tokens: 5 }, { max_completion_tokens: 5 }],
      [{ address: "openai/x" }, { max_completion_tokens: 5 }, { max_completion_tokens: 5 }],
    ];
    for (const [setup, caps, sent] of cases) assert.deepEqual(bodyOf(setup, { model: "m", ...caps }), { model: "x", ...sent });
  });

  it("get their key in a header of their own where they want it there", () => {
    assert.equal(headersOf({ address: "sarvam/x", apiKey: "sk-sarvam-0123" })["api-subscription-key"], "sk-sarvam-0123");
  });

  it("are all those that LiteLLM lists, or are named as not spoken to", { skip: skippedWithout(reference) }, () => {
    const lines = readFileSync(join(sharedFolder, reference), "utf8").split("\n");
    const rows = lines.filter((line) => line.startsWith("| ") && line.includes("**lacking**"));
    assert.equal(rows.length, 76);
    for (const row of rows) {
      const [name = "", base = "", keys = ""] = row.slice(2).split(" | ");
      const prefix = name.split(" ")[0] ?? "";
      const environment = Object.fromEntries(keys.split(", ").map((key) => [key, "sk-of-the-host-1"]));
      if (prefix === "gigachat") {
        assert.match(problemsOf({ address: `${prefix}/x` }).join(""), /which is not supported yet/);
        continue;
      }
      const own = base.startsWith("http") ? {} : { apiBase: "https://own.example.com/v1" };
      const address = prefix === "ragflow" ? "ragflow/chat/7/x" : `${prefix}/x`;
      const url = urlOf({ address, apiKey: undefined, environment, ...own });
      const usual = "apiBase" in own ? "https://own.example.com/" : base.replace(/(?:\/chat\/completions)?\/?$/, "");
      assert.ok(url.startsWith(usual), `${prefix}: ${url} is not at ${usual}`);
    }
  });
});
