import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { chatCall } from "../../formats/kit/chat/support.ts";
import { connect, encoded, problemsOf, type Setup } from "../support.ts";

const address = "gemini/gemini-2.5-flash";

function requestOf(setup: Partial<Setup>, stream = false): { url: string; headers: Readonly<Record<string, string>> } {
  const { adapter, model } = connect({ address, ...setup });
  const { origin, path, headers } = encoded(adapter, chatCall({ stream }), model);
  return { url: origin + path, headers };
}

function noteOf(defaults: JsonMembers, name = address): readonly string[] {
  return connect({ address: name, defaults }).adapter.notes ?? [];
}

const usual = "https://generativelanguage.googleapis.com/v1beta";

describe("a deployment at AI Studio", () => {
  it("is reached at the usual address, at one of the environment, and at its own, however much of the path that has", () => {
    const cases: [Partial<Setup>, string][] = [
      [{}, `${usual}/models/gemini-2.5-flash:generateContent`],
      [{ address: "gemini/tunedModels/my one" }, `${usual}/tunedModels/my%20one:generateContent`],
      [{ apiBase: "https://generativelanguage.googleapis.com" }, `${usual}/models/gemini-2.5-flash:generateContent`],
      [{ apiBase: "https://gw.example.com/v1alpha/" }, "https://gw.example.com/v1alpha/models/gemini-2.5-flash:generateContent"],
      [{ apiBase: "https://gw.example.com/google?t=1" }, "https://gw.example.com/google/models/gemini-2.5-flash:generateContent?t=1"],
      [{ apiBase: "https://gw.example.com/v1beta/models" }, "https://gw.example.com/v1beta/models/gemini-2.5-flash:generateContent"],
      [
        { environment: { GEMINI_API_BASE: "https://gw.example.com/gemini" } },
        "https://gw.example.com/gemini/models/gemini-2.5-flash:generateContent",
      ],
      // A bare name, known by its address alone.
      [{ address: "my-model", apiBase: usual }, `${usual}/models/my-model:generateContent`],
      // These speak OpenAI's format.
      [{ apiBase: `${usual}/openai` }, `${usual}/openai/chat/completions`],
      [{ apiBase: `${usual}/openai/` }, `${usual}/openai/chat/completions`],
      [{ apiBase: "https://gw.example.com/v1/chat/completions" }, "https://gw.example.com/v1/chat/completions"],
    ];
    for (const [setup, url] of cases) assert.equal(requestOf(setup).url, url);
  });

  it("streams by server-sent events, and has embeddings in batches", () => {
    assert.equal(requestOf({}, true).url, `${usual}/models/gemini-2.5-flash:streamGenerateContent?alt=sse`);
    assert.equal(
      requestOf({ apiBase: "https://gw.example.com/g?t=1" }, true).url,
      "https://gw.example.com/g/models/gemini-2.5-flash:streamGenerateContent?t=1&alt=sse",
    );
    const { adapter, model } = connect({ address: "gemini/gemini-embedding-001" });
    const { path } = encoded(adapter, { ...chatCall({ input: "a" }), endpoint: "embeddings" }, model);
    assert.equal(path, "/v1beta/models/gemini-embedding-001:batchEmbedContents");
  });

  it("shows its key in a header, or of the environment the one or the other", () => {
    const keyOf = (setup: Partial<Setup>): string | undefined => requestOf({ apiKey: undefined, ...setup }).headers["x-goog-api-key"];
    assert.equal(keyOf({ apiKey: "k" }), "k");
    assert.equal(keyOf({ environment: { GOOGLE_API_KEY: "g" } }), "g");
    assert.equal(keyOf({ environment: { GOOGLE_API_KEY: "g", GEMINI_API_KEY: "k" } }), "k");
    assert.equal(requestOf({ apiBase: `${usual}/openai` }).headers["authorization"], "Bearer sk-test-0123456789");
  });

  it("notes that its own parameters leave no room for an answer beside its thinking", () => {
    assert.deepEqual(noteOf({ max_tokens: 100, reasoning_effort: "high" }), [
      "max_tokens 100 leaves no room for an answer beside up to 4096 tokens of thinking",
    ]);
    assert.equal(noteOf({ max_completion_tokens: 2048, thinking: { type: "enabled", budget_tokens: 2048 } }).length, 1);
    for (const defaults of [
      {},
      { max_tokens: 100 },
      { reasoning_effort: "high" },
      { max_tokens: 5000, reasoning_effort: "high" },
      { max_tokens: 100, reasoning_effort: "none" },
    ])
      assert.deepEqual(noteOf(defaults), []);
    // Its thinking has a level, and no number.
    assert.deepEqual(noteOf({ max_tokens: 100, reasoning_effort: "high" }, "gemini/gemini-3-flash-preview"), []);
  });

  it("needs a key at Google's own address alone", () => {
    const none = { address, apiKey: undefined };
    assert.match(problemsOf(none).join(), /^api_key is missing: .* GEMINI_API_KEY$/);
    connect({ ...none, apiBase: "http://localhost:8080" });
    connect({ ...none, extraHeaders: { "X-Goog-Api-Key": "k" } });
  });
});
