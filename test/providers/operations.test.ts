import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Call } from "../../src/core/call.ts";
import { RouterError } from "../../src/core/errors.ts";
import { openAiCaller } from "../../src/formats/openai/caller.ts";
import { connect, type Setup } from "./support.ts";

const endpoints = [
  ["image_generation", "/images/generations"],
  ["image_edit", "/images/edits"],
  ["image_variation", "/images/variations"],
  ["speech", "/audio/speech"],
  ["transcription", "/audio/transcriptions"],
  ["translation", "/audio/translations"],
  ["moderation", "/moderations"],
  ["rerank", "/rerank"],
  ["decisions", "/decisions"],
] as const;

const form = Buffer.from('--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--b--\r\n');

/** A call as REST reads it. */
function callOf(endpoint: (typeof endpoints)[number][0], over: object = {}): Call {
  const path = endpoints.find(([name]) => name === endpoint)?.[1] ?? "";
  const isForm = openAiCaller.findCall(path, "POST")?.body === "form";
  const read = openAiCaller.readCall(isForm ? form : Buffer.from(JSON.stringify({ model: "m", input: "x", ...over })), {
    endpoint,
    pathModel: undefined,
    callId: "c",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    now: 0,
    headers: { "content-type": "multipart/form-data; boundary=b" },
  });
  if (!read.ok) throw read.error;
  return read.value;
}

const hosts: readonly (readonly [what: string, setup: Setup, address: (path: string) => string])[] = [
  ["openai", { address: "openai/m" }, (path) => `https://api.openai.com/v1${path}`],
  ["groq", { address: "groq/m" }, (path) => `https://api.groq.com/openai/v1${path}`],
  ["jina_ai", { address: "jina_ai/m" }, (path) => `https://api.jina.ai/v1${path}`],
  ["together_ai", { address: "together_ai/m" }, (path) => `https://api.together.xyz/v1${path}`],
  ["voyage", { address: "voyage/m" }, (path) => `https://api.voyageai.com/v1${path}`],
  ["a server of vLLM", { address: "hosted_vllm/m", apiBase: "http://gpu:8000" }, (path) => `http://gpu:8000/v1${path}`],
  [
    "azure by deployment",
    { address: "azure/m", apiBase: "https://x.openai.azure.com" },
    (path) => `https://x.openai.azure.com/openai/deployments/m${path}?api-version=2024-10-21`,
  ],
  [
    "azure's newer API",
    { address: "azure/m", apiBase: "https://x.openai.azure.com/openai/v1" },
    (path) => `https://x.openai.azure.com/openai/v1${path}`,
  ],
  ["text-completion-openai", { address: "text-completion-openai/m" }, (path) => `https://api.openai.com/v1${path}`],
];

for (const [what, setup, address] of hosts) {
  test(`${what} is asked for each operation at its own path`, () => {
    const { adapter, model } = connect(setup);
    for (const [endpoint, path] of endpoints) {
      const request = adapter.encode(callOf(endpoint), model);
      assert.ok(!(request instanceof RouterError), endpoint);
      assert.equal(request.origin + request.path, address(path));
    }
  });
}

test("Cohere reranks outside its compatible API, and by the older version where documents are wanted back", () => {
  const pathOf = (setup: Partial<Setup>, over: object = {}): string => {
    const { adapter, model } = connect({ address: "cohere/rerank-v3.5", ...setup });
    const request = adapter.encode(callOf("rerank", over), model);
    assert.ok(!(request instanceof RouterError));
    return request.origin + request.path;
  };
  assert.equal(pathOf({}), "https://api.cohere.ai/v2/rerank");
  assert.equal(pathOf({}, { return_documents: true }), "https://api.cohere.ai/v1/rerank");
  assert.equal(pathOf({ apiBase: "https://proxy/cohere/compatibility/v1" }), "https://proxy/cohere/v2/rerank");
  const { adapter, model } = connect({ address: "cohere/command-a" });
  const embeddings = adapter.encode({ ...callOf("moderation"), endpoint: "embeddings" }, model);
  assert.ok(!(embeddings instanceof RouterError));
  assert.equal(embeddings.path, "/compatibility/v1/embeddings");
});

const project = (name: string): string | undefined => (name === "vertex_project" ? "p1" : undefined);
const foreign: Readonly<Record<string, Setup>> = {
  anthropic: { address: "anthropic/claude-sonnet-4" },
  "azure_ai with Claude": { address: "azure_ai/claude-haiku-4-5", apiBase: "https://x.services.ai.azure.com" },
  bedrock: { address: "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0" },
  "bedrock in OpenAI's format": { address: "bedrock/openai.gpt-oss-120b-1:0" },
  bedrock_mantle: { address: "bedrock_mantle/openai.gpt-oss-120b" },
  gemini: { address: "gemini/gemini-2.5-flash" },
  "vertex_ai's Claude": { address: "vertex_ai/claude-sonnet-4-5", setting: project },
  "vertex_ai's Gemini": { address: "vertex_ai/gemini-3-flash", setting: project },
  "vertex_ai's models of others": { address: "vertex_ai/meta/llama-4-scout-17b-16e-instruct-maas", setting: project },
};

describe("a deployment of another format", () => {
  for (const [what, setup] of Object.entries(foreign)) {
    test(`${what} says of each operation that it has none`, () => {
      const { adapter, model } = connect(setup);
      for (const [endpoint] of endpoints) {
        const call = callOf(endpoint);
        for (const refusal of [adapter.refuses?.(call, model), adapter.encode(call, model)]) {
          assert.ok(refusal instanceof RouterError, `${endpoint}: ${JSON.stringify(refusal)}`);
          assert.equal(refusal.code, "operation_not_supported", endpoint);
        }
      }
    });
  }
});
