import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import type { JsonMembers } from "../../src/core/provider.ts";
import { chatCall, decoded } from "../formats/kit/chat/support.ts";
import { connect, encoded, problemsOf } from "./support.ts";

const environment = {
  OPENAI_API_KEY: "sk-openai",
  ANTHROPIC_API_KEY: "sk-ant",
  GEMINI_API_KEY: "AIza",
  GROQ_API_KEY: "gsk",
};
const any = { address: "*", apiKey: undefined };

/** Where a model is asked, for which model, and with which credentials. */
function asked(name: string, env: Readonly<Record<string, string>> = environment): readonly (string | undefined)[] {
  const { adapter } = connect({ ...any, environment: env });
  const { origin, path, headers, body } = encoded(adapter, chatCall({ model: name, max_tokens: 5 }), name);
  const { model } = JSON.parse(Buffer.concat(body).toString()) as { model?: string };
  const shown = headers["x-api-key"] ?? headers["x-goog-api-key"] ?? headers["authorization"];
  return [new URL(origin).hostname, model ?? path, shown];
}

describe("a deployment for all models of all providers", () => {
  it("asks each of the provider that its name says", () => {
    assert.deepEqual(asked("claude-sonnet-4-5"), ["api.anthropic.com", "claude-sonnet-4-5", "sk-ant"]);
    assert.deepEqual(asked("anthropic/claude-sonnet-4-5"), ["api.anthropic.com", "claude-sonnet-4-5", "sk-ant"]);
    const path = "/v1beta/models/gemini-2.5-flash:generateContent";
    assert.deepEqual(asked("gemini/gemini-2.5-flash"), ["generativelanguage.googleapis.com", path, "AIza"]);
    assert.deepEqual(asked("groq/llama-3.3-70b-versatile"), ["api.groq.com", "llama-3.3-70b-versatile", "Bearer gsk"]);
    assert.deepEqual(asked("openai/gpt-4o"), ["api.openai.com", "gpt-4o", "Bearer sk-openai"]);
    assert.deepEqual(asked("gpt-4o"), ["api.openai.com", "gpt-4o", "Bearer sk-openai"]);
  });

  it("asks OpenAI for all others, and for those of providers that it has no credentials for", () => {
    // Google's bare names are Vertex AI's, whose tokens are fetched for deployments of its own alone.
    for (const name of ["gemini-2.5-flash", "my-org/some-model", "mistral/mistral-large-latest", "ollama/llama3", "mock/x", "vertex_ai/x"])
      assert.deepEqual(asked(name), ["api.openai.com", name, "Bearer sk-openai"]);
    assert.deepEqual(asked("claude-sonnet-4-5", { OPENAI_API_KEY: "sk-openai" })[0], "api.openai.com");
  });

  it("reads each answer and each error in the words of who was asked", () => {
    const { adapter } = connect({ ...any, environment });
    const answers: Readonly<Record<string, JsonMembers>> = {
      "claude-sonnet-4-5": { type: "message", content: [{ type: "text", text: "hello" }], stop_reason: "end_turn" },
      "gemini/gemini-2.5-flash": { candidates: [{ content: { role: "model", parts: [{ text: "hello" }] }, finishReason: "STOP" }] },
      "gpt-4o": { choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }] },
    };
    const calls = Object.entries(answers).map(([name, answer]) => {
      const call = chatCall({});
      assert.equal(adapter.refuses?.(call, name), undefined);
      encoded(adapter, call, name);
      return { call, answer };
    });
    for (const { call, answer } of calls) {
      const reply = adapter.decodeReply(call, {}, Buffer.from(JSON.stringify(answer)));
      assert.ok(!(reply instanceof RouterError));
      assert.match(reply.body.toString(), /"content":"hello"/);
    }
    const call = chatCall({ stream: true });
    encoded(adapter, call, "claude-sonnet-4-5");
    const event = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hello" } };
    const [chunk] = decoded(adapter, call, [Buffer.from(`data: ${JSON.stringify(event)}\n\n`)]);
    assert.equal(chunk === undefined ? undefined : adapter.readText(chunk), "hello");
    const overloaded = Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
    assert.equal(adapter.decodeError(529, {}, overloaded, { call, wallTime: 0 }).code, "upstream_overloaded");
  });

  it("knows the parameters and the facts of each model by its own provider", () => {
    const facts: string[] = [];
    const modelFact = (of: string, name: string): undefined => {
      facts.push(`${of} ${name}`);
    };
    const { adapter } = connect({ ...any, environment, modelFact });
    assert.ok(adapter.chatParameters?.("claude-sonnet-4-5").includes("web_search_options"));
    encoded(adapter, chatCall({ reasoning_effort: "low" }), "claude-sonnet-4-5");
    assert.ok(facts.includes("anthropic/claude-sonnet-4-5 supports_adaptive_thinking"));
  });

  it("says whom it asks, and has no address of one host", () => {
    const { adapter } = connect({ ...any, environment });
    assert.deepEqual(adapter.notes, [
      "models are asked of openai, text-completion-openai, groq, anthropic, gemini by their names, any other from openai",
    ]);
    assert.equal(adapter.origin, undefined);
    const alone = connect({ ...any, environment: { OPENAI_API_KEY: "k" } }).adapter;
    assert.equal(alone.origin, "https://api.openai.com");
  });

  it("shows a key of its own to OpenAI alone", () => {
    const { adapter } = connect({ address: "*", apiKey: "sk-own-key", environment });
    const { origin, headers } = encoded(adapter, chatCall({}), "claude-sonnet-4-5");
    assert.deepEqual([origin, headers["authorization"]], ["https://api.openai.com", "Bearer sk-own-key"]);
    assert.deepEqual(adapter.notes, ["all models are asked of openai: its own key and headers are shown to nobody else"]);
  });

  it("does without OpenAI's key, but not without any", () => {
    const { adapter } = connect({ ...any, environment: { ANTHROPIC_API_KEY: "sk-ant" } });
    assert.equal(encoded(adapter, chatCall({}), "claude-sonnet-4-5").origin, "https://api.anthropic.com");
    const refused = adapter.refuses?.(chatCall({}), "gpt-4o");
    assert.deepEqual([refused?.code, refused?.param], ["cannot_serve_this", "model"]);
    assert.match(problemsOf({ ...any, environment: {} }).join(), /^api_key is missing: .* OPENAI_API_KEY$/);
  });

  it("is OpenAI's, or a server's at an address, where that is said", () => {
    const { adapter } = connect({ ...any, environment, apiBase: "http://gw.example/v1" });
    assert.equal(encoded(adapter, chatCall({}), "claude-sonnet-4-5").origin, "http://gw.example");
    const own = connect({ ...any, environment, customProvider: "groq" }).adapter;
    assert.equal(encoded(own, chatCall({}), "claude-sonnet-4-5").origin, "https://api.groq.com");
  });
});
