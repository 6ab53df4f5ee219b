import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sha256 } from "../../src/lib/secret.ts";
import { OpenAiHost } from "../support/openai-host.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";

/** US dollars per token, as LiteLLM's table has them. */
const gpt4o = { input: 2.5e-6, cached: 1.25e-6, output: 1e-5 };
const gemini = { input: 1.25e-6, output: 1e-5, longInput: 2.5e-6, longOutput: 1.5e-5 };

describe("what calls cost", () => {
  let host: OpenAiHost;
  let service: RunningTestService;
  before(async () => {
    host = await OpenAiHost.listen();
    const at = `api_key: sk-x, api_base: "${host.apiBase}"`;
    service = await startService(`
model_list:
  - {model_name: "openai/*", litellm_params: {model: openai/*, ${at}}}
  - {model_name: long, litellm_params: {model: custom/gemini-2.5-pro, custom_llm_provider: openai, ${at}}, model_info: {base_model: gemini/gemini-2.5-pro}}
general_settings: {master_key: sk-master}
keys:
  - {name: poor, sha256: ${sha256("sk-poor")}, max_budget: 0.0001}
`);
  });
  after(async () => {
    await service.stop();
    await host.close();
  });

  async function call(model: string, usage: object, key = "sk-master") {
    const message = { role: "assistant", content: "Hi." };
    host.once({ kind: "reply", body: { object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }], usage } });
    const response = await fetch(`${service.origin}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model, max_tokens: 1, messages: [{ role: "user", content: "Hi" }] }),
    });
    await response.text();
    const cost = response.headers.get("x-huntgroup-response-cost");
    return { status: response.status, cost: cost === null ? undefined : Number(cost) };
  }

  test("a model behind a wildcard costs what the table says of it, cached tokens less", async () => {
    const usage = { prompt_tokens: 1_000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 400 } };
    assertCosts((await call("openai/gpt-4o", usage)).cost, 600 * gpt4o.input + 400 * gpt4o.cached + 100 * gpt4o.output);
  });

  test("one that nobody knows costs nothing that is known", async () => {
    assert.equal((await call("openai/unheard-of", { prompt_tokens: 1_000, completion_tokens: 100 })).cost, undefined);
  });

  test("a long prompt has the prices of long prompts", async () => {
    const short = await call("long", { prompt_tokens: 200_000, completion_tokens: 10 });
    assertCosts(short.cost, 200_000 * gemini.input + 10 * gemini.output);
    const long = await call("long", { prompt_tokens: 200_001, completion_tokens: 10 });
    assertCosts(long.cost, 200_001 * gemini.longInput + 10 * gemini.longOutput);
  });

  test("a budget counts the calls behind a wildcard", async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 10 };
    assert.equal((await call("openai/gpt-4o", usage, "sk-poor")).status, 200);
    assert.equal((await call("openai/gpt-4o", usage, "sk-poor")).status, 429);
  });
});

function assertCosts(cost: number | undefined, usd: number): void {
  assert.ok(cost !== undefined && Math.abs(cost - usd) < 1e-9, `${cost} is not ${usd}`);
}
