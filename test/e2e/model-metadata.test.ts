import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ModelService } from "../../gen/huntgroup/v1/model_pb.ts";
import { sha256 } from "../../src/lib/secret.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";

const config = `
model_list:
  - {model_name: chat, litellm_params: {model: openai/gpt-4o, api_key: sk-secret, api_base: "https://hidden.example/v1"}}
  - {model_name: chat, litellm_params: {model: anthropic/claude-opus-5-5, api_key: sk-secret}}
  - {model_name: long, litellm_params: {model: gemini/gemini-2.5-pro, api_key: sk-secret}}
  - {model_name: "wild/*", litellm_params: {model: openai/*, api_key: sk-secret}}
  - {model_name: vectors, litellm_params: {model: openai/text-embedding-3-small, api_key: sk-secret}}
  - {model_name: own, litellm_params: {model: openai/mine, api_key: sk-secret}, model_info: {id: own-1, max_output_tokens: 5, description: for us}}
router_settings: {model_group_alias: {nickname: long}}
general_settings: {master_key: sk-master}
keys: [{name: a, sha256: ${sha256("sk-a")}, models: [chat, "wild/*"]}]
`;

interface Told {
  readonly id: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

describe("what is known of models", () => {
  let service: RunningTestService;
  before(async () => {
    service = await startService(config);
  });
  after(() => service.stop());

  async function get(path: string, key = "sk-master") {
    const response = await fetch(`${service.origin}${path}`, { headers: { authorization: `Bearer ${key}` } });
    return { status: response.status, text: await response.text() };
  }

  async function metadataOf(model: string): Promise<Readonly<Record<string, unknown>>> {
    const { metadata } = JSON.parse((await get(`/v1/models/${encodeURIComponent(model)}?include_metadata=true`)).text) as Told;
    assert.ok(metadata !== undefined, model);
    return metadata;
  }

  test("is told by GET /v1/models where it is asked for, and else not", async () => {
    const plain = JSON.parse((await get("/v1/models")).text) as { data: readonly Told[] };
    const whole = JSON.parse((await get("/v1/models?include_metadata=true")).text) as { data: readonly Told[] };
    assert.deepEqual(
      plain.data,
      whole.data.map(({ metadata: _metadata, ...rest }) => rest),
    );
    for (const { id, metadata } of whole.data) assert.deepEqual(metadata, await metadataOf(id), id);
  });

  test("is the smallest window, the dearest prices and what all can, of a group of two models", async () => {
    const { supported_openai_params: parameters, ...rest } = await metadataOf("chat");
    const { mode, max_input_tokens: window, max_output_tokens: cap, output_cost_per_token: price, supports_vision: sees } = rest;
    assert.deepEqual([mode, window, cap, price, sees], ["chat", 128_000, 16_384, 2e-5, true]);
    assert.equal(rest["supports_assistant_prefill"], false);
    assert.ok(Array.isArray(parameters) && parameters.includes("tools") && !parameters.includes("temperature"));
  });

  test("has the prices of long prompts", async () => {
    const long = await metadataOf("long");
    assert.deepEqual([long["input_cost_per_token"], long["input_cost_per_token_above_200k_tokens"]], [1.25e-6, 2.5e-6]);
    assert.deepEqual(await metadataOf("nickname"), long);
  });

  test("is there for a model behind a wildcard, and not for the wildcard", async () => {
    const { max_input_tokens: window, input_cost_per_token: price } = await metadataOf("wild/gpt-4o");
    assert.deepEqual([window, price], [128_000, 2.5e-6]);
    assert.equal((await metadataOf("wild/*"))["max_input_tokens"], undefined);
  });

  test("is what the operator says of a model that nobody knows, by its group and by its id", async () => {
    for (const name of ["own", "own-1"]) {
      const { supported_openai_params: parameters, ...rest } = await metadataOf(name);
      assert.ok(Array.isArray(parameters));
      assert.deepEqual(rest, { max_output_tokens: 5 });
    }
  });

  test("is no chat's for embeddings", async () => {
    const { mode, supported_openai_params: parameters } = await metadataOf("vectors");
    assert.deepEqual([mode, parameters], ["embedding", undefined]);
  });

  test("is told of what a key may call, and names no address and no secret", async () => {
    const list = await get("/v1/models?include_metadata=true", "sk-a");
    const names = (JSON.parse(list.text) as { data: readonly Told[] }).data.map(({ id }) => id);
    assert.deepEqual(names, ["chat", "wild/*"]);
    assert.doesNotMatch(list.text, /hidden|sk-|for us|gpt-4o|opus/);
    assert.equal((await get("/v1/models/long?include_metadata=true", "sk-a")).status, 404);
  });

  for (const [name, connect] of [
    ["gRPC", () => createGrpcTransport({ baseUrl: service.origin })],
    ["Connect", () => createConnectTransport({ baseUrl: service.origin, httpVersion: "1.1" })],
  ] as const) {
    test(`is the same by ${name}`, async () => {
      const models = createClient(ModelService, connect());
      const options = { headers: { authorization: "Bearer sk-master" } };
      assert.ok((await models.listModels({}, options)).data.every(({ metadata }) => metadata === undefined));
      const { data } = await models.listModels({ includeMetadata: true }, options);
      const long = data.find(({ id }) => id === "long")?.metadata;
      const [longer] = long?.longPrompts ?? [];
      assert.deepEqual(
        [long?.mode, long?.maxInputTokens, long?.inputCostPerToken, longer?.aboveTokens, longer?.outputCostPerToken],
        ["chat", 1_048_576, 1.25e-6, 200_000, 1.5e-5],
      );
      assert.equal(long?.abilities["supports_vision"], true);
      assert.deepEqual(long.supportedOpenaiParams, (await metadataOf("long"))["supported_openai_params"]);
      assert.deepEqual(data.find(({ id }) => id === "own")?.metadata?.maxInputTokens, undefined);
    });
  }
});
