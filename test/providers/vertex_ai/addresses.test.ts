import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { vertexOrigin, vertexPath, type VertexPlace } from "../../../src/providers/vertex_ai/addresses.ts";

const usual: VertexPlace = { project: "p1", location: "us-central1", version: "v1", base: undefined, isPrivate: false, hasKey: false };
const parent = "/v1/projects/p1/locations/us-central1";
const chat = { endpoint: "chat", stream: false } as const;
const stream = { endpoint: "chat", stream: true } as const;
const embeddings = { endpoint: "embeddings", stream: false } as const;

describe("an address on Vertex AI", () => {
  for (const [location, origin] of [
    ["us-central1", "https://us-central1-aiplatform.googleapis.com"],
    ["europe-west4", "https://europe-west4-aiplatform.googleapis.com"],
    ["global", "https://aiplatform.googleapis.com"],
    ["eu", "https://aiplatform.eu.rep.googleapis.com"],
    ["us", "https://aiplatform.us.rep.googleapis.com"],
  ] as const) {
    it(`is at ${origin} for ${location}`, () => assert.equal(vertexOrigin(location), origin));
  }

  for (const [model, call, path] of [
    ["gemini-3-flash", chat, "/publishers/google/models/gemini-3-flash:generateContent"],
    ["gemini-3-flash", stream, "/publishers/google/models/gemini-3-flash:streamGenerateContent?alt=sse"],
    ["google/gemini-3-flash", chat, "/publishers/google/models/gemini-3-flash:generateContent"],
    ["publishers/google/models/gemini-3-flash", chat, "/publishers/google/models/gemini-3-flash:generateContent"],
    ["1234567890", chat, "/endpoints/1234567890:generateContent"],
    ["gemini/1234567890", stream, "/endpoints/1234567890:streamGenerateContent?alt=sse"],
    ["endpoints/77", chat, "/endpoints/77:generateContent"],
    ["text-embedding-005", embeddings, "/publishers/google/models/text-embedding-005:predict"],
    ["gemini-embedding-001", embeddings, "/publishers/google/models/gemini-embedding-001:predict"],
    ["gemini-embedding-2", embeddings, "/publishers/google/models/gemini-embedding-2:embedContent"],
    ["claude-sonnet-4-5@20250929", chat, "/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict"],
    ["anthropic/claude-opus-5", stream, "/publishers/anthropic/models/claude-opus-5:streamRawPredict"],
    ["mistral-large@2411-001", chat, "/publishers/mistralai/models/mistral-large@2411-001:rawPredict"],
    ["mistralai/codestral-2@001", stream, "/publishers/mistralai/models/codestral-2@001:streamRawPredict"],
    ["jamba-1.5-large@001", chat, "/publishers/ai21/models/jamba-1.5-large@001:rawPredict"],
    ["meta/llama-3.3-70b-instruct-maas", stream, "/endpoints/openapi/chat/completions"],
    ["google/gemma-4-26b-a4b-it-maas", chat, "/endpoints/openapi/chat/completions"],
    ["openai/gpt-oss-120b-maas", chat, "/endpoints/openapi/chat/completions"],
    ["openai/1234567890", chat, "/endpoints/1234567890/chat/completions"],
    ["a b/c?d#e", chat, "/endpoints/openapi/chat/completions"],
    ["gemini-?x#y/../z", chat, "/endpoints/openapi/chat/completions"],
    ["gemini-?x#y", chat, "/publishers/google/models/gemini-%3Fx%23y:generateContent"],
  ] as const) {
    it(`is ${path} for ${call.stream ? "a stream" : call.endpoint} of ${model}`, () => {
      assert.equal(vertexPath(usual, call, model), `${parent}${path}`);
    });
  }

  it("has the project and the version that are configured", () => {
    const place: VertexPlace = { ...usual, project: "team-7", location: "global", version: "v1beta1" };
    const path = "/v1beta1/projects/team-7/locations/global/publishers/google/models/gemini-3-flash:generateContent";
    assert.equal(vertexPath(place, chat, "gemini-3-flash"), path);
  });

  it("leaves room for a project that only the credentials know, and names none beside a key", () => {
    const path = "/locations/us-central1/publishers/google/models/g:generateContent";
    assert.equal(vertexPath({ ...usual, project: undefined }, chat, "g"), `/v1/projects/{project}${path}`);
    assert.equal(vertexPath({ ...usual, project: undefined, hasKey: true }, chat, "g"), "/v1/publishers/google/models/g:generateContent");
  });

  it("takes a resource whole", () => {
    const name = "projects/9/locations/eu/endpoints/8";
    assert.equal(vertexPath(usual, chat, name), `/v1/${name}:generateContent`);
  });

  for (const [path, model, call, wanted] of [
    ["", "gemini-3-flash", chat, `${parent}/publishers/google/models/gemini-3-flash:generateContent`],
    ["/v1", "claude-opus-5", stream, `${parent}/publishers/anthropic/models/claude-opus-5:streamRawPredict`],
    [
      "/v1beta1",
      "gemini-3-flash",
      chat,
      "/v1beta1/projects/p1/locations/us-central1/publishers/google/models/gemini-3-flash:generateContent",
    ],
    [
      "/proxy/v1",
      "gemini-3-flash",
      chat,
      "/proxy/v1/projects/p1/locations/us-central1/publishers/google/models/gemini-3-flash:generateContent",
    ],
    ["/my/model", "gemini-3-flash", stream, "/my/model:streamGenerateContent?alt=sse"],
    ["/my/model", "claude-opus-5", chat, "/my/model:rawPredict"],
    ["/v1/openai", "meta/llama-3.3", chat, "/v1/openai/chat/completions"],
  ] as const) {
    it(`is ${wanted} for a base of ${path === "" ? "no path" : path}`, () => {
      assert.equal(vertexPath({ ...usual, base: { origin: "https://x.example", path, query: "" } }, call, model), wanted);
    });
  }

  it("keeps the query of a base", () => {
    const base = { origin: "https://x.example", path: "/m", query: "?a=1" };
    assert.equal(vertexPath({ ...usual, base }, stream, "g"), "/m:streamGenerateContent?alt=sse&a=1");
    assert.equal(vertexPath({ ...usual, base }, chat, "g"), "/m:generateContent?a=1");
  });

  it("is a private endpoint's where the configuration says so", () => {
    const base = { origin: "http://10.0.0.7", path: "", query: "" };
    const place: VertexPlace = { ...usual, base, isPrivate: true };
    assert.equal(vertexPath(place, chat, "1234567890"), `${parent}/endpoints/1234567890:generateContent`);
    assert.equal(vertexPath(place, chat, "openai/1234567890"), `${parent}/endpoints/1234567890/chat/completions`);
  });
});
