import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import type { JsonValue } from "../../src/core/provider.ts";
import { messagesCall } from "../formats/anthropic/native/support.ts";
import { connect, encoded, type Setup } from "./support.ts";

/** Calls that are Messages already, from a deployment's configuration to where and as what they go out. */
const settings =
  (given: Record<string, JsonValue>): ((name: string) => JsonValue | undefined) =>
  (name) =>
    given[name];
const google = { setting: settings({ vertex_project: "p1", vertex_location: "eu" }) };
const amazon = { setting: settings({ aws_region_name: "eu-west-1" }) };
const sonnet = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
const sonnetPath = "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const publisher = "/v1/projects/p1/locations/eu/publishers/anthropic/models";

interface Row {
  readonly setup: Setup;
  readonly origin: string;
  readonly path: string;
  readonly streamPath?: string;
  /** Undefined where the host cannot count. */
  readonly countPath: string | undefined;
  /** What stands in the body for the model, and what else is put in. */
  readonly body: (rest: string) => string;
  readonly credentials: Readonly<Record<string, string>>;
}

const key = "sk-test-0123456789";
const bearer = { authorization: `Bearer ${key}` };
const named =
  (model: string) =>
  (rest: string): string =>
    `{"model":"${model}",${rest}}`;
const versioned =
  (version: string) =>
  (rest: string): string =>
    `{${rest},"anthropic_version":"${version}"}`;

const rows: Readonly<Record<string, Row>> = {
  Anthropic: {
    setup: { address: "anthropic/claude-sonnet-5-5" },
    origin: "https://api.anthropic.com",
    path: "/v1/messages",
    countPath: "/v1/messages/count_tokens",
    body: named("claude-sonnet-5-5"),
    credentials: { "x-api-key": key },
  },
  "Anthropic's API at another address": {
    setup: { address: "anthropic/c", apiBase: "https://gateway.example/team/v1/messages?a=b" },
    origin: "https://gateway.example",
    path: "/team/v1/messages?a=b",
    countPath: "/team/v1/messages/count_tokens?a=b",
    body: named("c"),
    credentials: { "x-api-key": key },
  },
  Foundry: {
    setup: { address: "azure_ai/claude-haiku-4-5", apiBase: "https://x.services.ai.azure.com" },
    origin: "https://x.services.ai.azure.com",
    path: "/anthropic/v1/messages",
    countPath: "/anthropic/v1/messages/count_tokens",
    body: named("claude-haiku-4-5"),
    credentials: { "x-api-key": key, "api-key": key },
  },
  "Vertex AI": {
    setup: { address: "vertex_ai/claude-sonnet-4-5", ...google },
    origin: "https://aiplatform.eu.rep.googleapis.com",
    path: `${publisher}/claude-sonnet-4-5:rawPredict`,
    streamPath: `${publisher}/claude-sonnet-4-5:streamRawPredict`,
    countPath: `${publisher}/count-tokens:rawPredict`,
    body: versioned("vertex-2023-10-16"),
    credentials: { "x-goog-api-key": key },
  },
  "Vertex AI for any model": {
    setup: { address: "vertex_ai/*", ...google },
    origin: "https://aiplatform.eu.rep.googleapis.com",
    path: `${publisher}/claude-x:rawPredict`,
    streamPath: `${publisher}/claude-x:streamRawPredict`,
    countPath: `${publisher}/count-tokens:rawPredict`,
    body: versioned("vertex-2023-10-16"),
    credentials: {},
  },
  "Bedrock's Converse": {
    setup: { address: `bedrock/converse/${sonnet}`, ...amazon },
    origin: "https://bedrock-runtime.eu-west-1.amazonaws.com",
    path: `${sonnetPath}/invoke`,
    streamPath: `${sonnetPath}/invoke-with-response-stream`,
    countPath: "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens",
    body: versioned("bedrock-2023-05-31"),
    credentials: bearer,
  },
  "Bedrock's InvokeModel": {
    setup: { address: `bedrock/invoke/${sonnet}`, ...amazon },
    origin: "https://bedrock-runtime.eu-west-1.amazonaws.com",
    path: `${sonnetPath}/invoke`,
    streamPath: `${sonnetPath}/invoke-with-response-stream`,
    countPath: "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens",
    body: versioned("bedrock-2023-05-31"),
    credentials: bearer,
  },
  Mantle: {
    setup: { address: "bedrock_mantle/anthropic.claude-haiku-4-5", ...amazon },
    origin: "https://bedrock-mantle.eu-west-1.api.aws",
    path: "/anthropic/v1/messages",
    countPath: "/anthropic/v1/messages/count_tokens",
    body: named("anthropic.claude-haiku-4-5"),
    credentials: bearer,
  },
  DeepSeek: {
    setup: { address: "deepseek/deepseek-chat" },
    origin: "https://api.deepseek.com",
    path: "/anthropic/v1/messages",
    countPath: undefined,
    body: named("deepseek-chat"),
    credentials: { ...bearer, "x-api-key": key },
  },
  "Z.ai": {
    setup: { address: "zai/glm-5" },
    origin: "https://api.z.ai",
    path: "/api/anthropic/v1/messages",
    countPath: undefined,
    body: named("glm-5"),
    credentials: { ...bearer, "x-api-key": key },
  },
};

for (const [name, { setup, origin, path, streamPath = path, countPath, body, credentials }] of Object.entries(rows)) {
  describe(`Messages to ${name}`, () => {
    const { adapter, model: configured } = connect(setup);
    const model = configured === "*" ? "claude-x" : configured;
    const rest = '"max_tokens": 1e1,"messages":[{"role":"user","content":"hi"}],"new":{"a":1.0}';

    it("go where they are made, as they came, with the deployment's credentials", () => {
      const request = encoded(adapter, messagesCall(`{"model":"m",${rest}}`, { headers: { "x-api-key": "theirs" } }), model);
      assert.deepEqual([request.origin, request.path], [origin, path]);
      assert.equal(Buffer.concat(request.body).toString(), body(rest));
      for (const [header, value] of Object.entries(credentials)) assert.equal(request.headers[header], value);
      assert.ok(!JSON.stringify(request.headers).includes("theirs"));
    });

    it("go where they are streamed, and are answered in their own format", () => {
      const call = messagesCall(`{"model":"m",${rest}}`, { stream: true });
      assert.equal(encoded(adapter, call, model).path, streamPath);
      assert.equal(adapter.replyFormat(call), "anthropic");
    });

    it(countPath === undefined ? "are not counted" : "go where they are counted", () => {
      const call = messagesCall('{"model":"m","messages":[]}', { operation: "count_tokens" });
      if (countPath !== undefined) {
        assert.equal(adapter.refuses?.(call, model), undefined);
        assert.equal(encoded(adapter, call, model).path, countPath);
        return;
      }
      assert.equal(adapter.refuses?.(call, model)?.code, "cannot_serve_this");
      assert.ok(adapter.encode(call, model) instanceof RouterError);
    });
  });
}

describe("Messages to deployments that do not speak them", () => {
  const call = messagesCall('{"model":"m","messages":[]}');
  for (const [name, setup, model] of [
    ["of another server under a host's name", { address: "deepseek/deepseek-chat", apiBase: "https://proxy.example/v1" }, "deepseek-chat"],
    ["of other models by Converse", { address: "bedrock/amazon.nova-pro-v1:0", ...amazon }, "amazon.nova-pro-v1:0"],
    ["with a guardrail of Converse's", { address: `bedrock/${sonnet}`, ...amazon, defaults: { guardrailConfig: {} } }, sonnet],
    ["of Gemini", { address: "gemini/gemini-3-flash" }, "gemini-3-flash"],
  ] as const) {
    it(`are translated for those ${name}`, () => {
      const { adapter } = connect(setup);
      // The call of this test has no translation, and says so.
      const refusal = adapter.encode(call, model);
      assert.ok(refusal instanceof RouterError);
      assert.equal(refusal.message, "It is not to be translated.");
      assert.equal(adapter.replyFormat(call), "openai");
    });
  }

  it("are translated by a deployment of any model for those that are not Claude's", () => {
    const { adapter } = connect({ address: "bedrock/*", ...amazon });
    const claude = encoded(adapter, call, sonnet);
    assert.equal(claude.path, `${sonnetPath}/invoke`);
    assert.equal(adapter.replyFormat(call), "anthropic");
    assert.ok(adapter.encode(call, "amazon.nova-pro-v1:0") instanceof RouterError);
    assert.equal(adapter.replyFormat(call), "openai");
  });
});

it("An error of a deployment that was asked natively is read by the side that asked", () => {
  const { adapter } = connect({ address: `bedrock/converse/${sonnet}`, ...amazon });
  const counted = messagesCall('{"model":"m","messages":[]}', { operation: "count_tokens" });
  const error = adapter.decodeError(400, {}, Buffer.from('{"message":"no"}'), { call: counted, wallTime: undefined });
  assert.equal(error.code, "cannot_serve_this");
});
