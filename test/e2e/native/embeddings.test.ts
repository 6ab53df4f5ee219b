import { fromJson, toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { GoogleGenAI } from "@google/genai";
import { OAuth2Client } from "google-auth-library";
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import OpenAI from "openai";
import { CreateEmbeddingsRequestSchema, CreateEmbeddingsResponseSchema, EmbeddingService } from "../../../gen/huntgroup/v1/embedding_pb.ts";
import type { JsonMembers } from "../../../src/core/provider.ts";
import {
  BedrockEmbeddingsApi,
  GeminiEmbeddingsApi,
  inputsIn,
  tokensOf,
  vectorOf,
  VertexEmbeddingsApi,
} from "../../support/fakes/embedding-apis.ts";
import type { ScriptedAnswer } from "../../support/fakes/scripted-answer.ts";
import { type StrictApi, StrictHost } from "../../support/fakes/strict-host.ts";
import { Parties } from "../../support/parties.ts";
import type { RunningTestService } from "../../support/start-service.ts";

const key = "sk-fake";
const awsKeys = { accessKeyId: "AKIDFAKE", secretAccessKey: "fake/secret+key" };
const region = "eu-central-1";

interface EmbeddingsCase {
  readonly name: string;
  readonly createApi: () => StrictApi;
  readonly params: (origin: string) => JsonMembers;
  /** How many texts are embedded at once; undefined for as many as the caller likes. */
  readonly mostTexts?: number;
  /** Undefined where its model has one size. */
  readonly dimensions?: number;
  /** Where the size stands in its request. */
  readonly sizeIn: (json: JsonMembers) => unknown;
  /** What it used, where the provider does not say. */
  readonly estimates?: true;
  /** US dollars per token. */
  readonly price: number;
}

function vertex(name: string, more: Partial<EmbeddingsCase> & Pick<EmbeddingsCase, "sizeIn" | "price">): EmbeddingsCase {
  const headers = { authorization: "Bearer ya29.fake" };
  return {
    name: `vertex_ai: ${name}`,
    createApi: () => new VertexEmbeddingsApi("ya29.fake"),
    params: (origin) => ({ model: `vertex_ai/${name}`, api_base: origin, vertex_project: "p1", extra_headers: headers }),
    dimensions: 256,
    ...more,
  };
}

function bedrock(name: string, more: Partial<EmbeddingsCase> & Pick<EmbeddingsCase, "price">): EmbeddingsCase {
  return {
    name: `bedrock: ${name}`,
    createApi: () => new BedrockEmbeddingsApi(awsKeys, region),
    params: (origin) => ({
      model: `bedrock/${name}`,
      aws_bedrock_runtime_endpoint: origin,
      aws_access_key_id: awsKeys.accessKeyId,
      aws_secret_access_key: awsKeys.secretAccessKey,
      aws_region_name: region,
    }),
    sizeIn: (json) => json["dimensions"] ?? json["output_dimension"],
    ...more,
  };
}

const cases: readonly EmbeddingsCase[] = [
  {
    name: "gemini",
    createApi: () => new GeminiEmbeddingsApi(key),
    params: (origin) => ({ model: "gemini/gemini-embedding-001", api_base: origin, api_key: key }),
    dimensions: 256,
    sizeIn: ({ requests }) => (requests as readonly JsonMembers[])[0]?.["outputDimensionality"],
    estimates: true,
    price: 1.5e-7,
  },
  vertex("text-embedding-005", { sizeIn: ({ parameters = {} }) => (parameters as JsonMembers)["outputDimensionality"], price: 1e-7 }),
  vertex("gemini-embedding-2", {
    mostTexts: 1,
    sizeIn: ({ embedContentConfig = {} }) => (embedContentConfig as JsonMembers)["outputDimensionality"],
    price: 2e-7,
  }),
  bedrock("amazon.titan-embed-text-v2:0", { mostTexts: 1, dimensions: 256, price: 2e-8 }),
  bedrock("amazon.titan-embed-text-v1", { mostTexts: 1, price: 1e-7 }),
  bedrock("cohere.embed-english-v3", { mostTexts: 96, price: 1e-7 }),
  bedrock("eu.cohere.embed-v4:0", { mostTexts: 96, dimensions: 256, price: 1.2e-7 }),
];

/** A fake answers by the request: what the script says of an answer does not matter. */
const any: ScriptedAnswer = { kind: "answer", parts: [], usage: { fresh: 0, cacheRead: 0, cacheWritten: 0, output: 0, thinking: 0 } };

interface Reply {
  readonly data: readonly { readonly object: string; readonly index: number; readonly embedding: unknown }[];
  readonly model: string;
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

/** Asks once, by REST or by gRPC. */
type Ask = (service: RunningTestService, body: JsonMembers) => Promise<Reply>;

const callers: Readonly<Record<string, Ask>> = {
  async REST(service, body) {
    const response = await post(service, body);
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as Reply;
  },
  async EmbeddingService(service, body) {
    const client = createClient(EmbeddingService, createGrpcTransport({ baseUrl: service.origin }));
    const answer = await client.createEmbeddings(fromJson(CreateEmbeddingsRequestSchema, body as never));
    return toJson(CreateEmbeddingsResponseSchema, answer, { useProtoFieldName: true, alwaysEmitImplicit: true }) as unknown as Reply;
  },
};

function post(service: RunningTestService, body: JsonMembers): Promise<Response> {
  return fetch(`${service.origin}/v1/embeddings`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

const texts = ["one text", "and another text"];

for (const { name, createApi, params, mostTexts, dimensions, sizeIn, estimates = false, price } of cases) {
  describe(`embeddings by ${name}`, () => {
    const parties = new Parties();
    const inputs = texts.slice(0, mostTexts);
    const bytes = Buffer.byteLength(inputs.join(""));
    const tokens = estimates ? Math.ceil(bytes / 4) : tokensOf(inputs);
    let host: StrictHost;
    let service: RunningTestService;

    before(async () => {
      host = parties.add(await StrictHost.listen(createApi()), (party) => party.close());
      const one = (group: string, more: object): object => ({ model_name: group, litellm_params: { ...params(host.origin), ...more } });
      const list = [one("embed", { cooldown_time: 0 }), one("few", { rpm: 1 })];
      service = await parties.service(JSON.stringify({ model_list: list, router_settings: { num_retries: 0 } }));
    });
    beforeEach(() => {
      host.reset();
      host.script(any, any);
    });
    after(() => parties.end());

    for (const [door, ask] of Object.entries(callers)) {
      test(`by ${door}: one for each text, in their order, with what they used`, async () => {
        const { data, model, usage } = await ask(service, { model: "embed", input: inputs, user: "u1" });
        assert.deepEqual(host.refusals, []);
        assert.deepEqual(
          data.map(({ object, index, embedding }) => [object, index, embedding]),
          inputs.map((text, index) => ["embedding", index, vectorOf(text)]),
        );
        assert.equal(model, "embed");
        assert.deepEqual([usage.prompt_tokens, usage.total_tokens], [tokens, tokens]);
        assert.equal(inputsIn(host.lastHit.json), inputs.length);
        assert.equal(sizeIn(host.lastHit.json), undefined);
      });

      test(`by ${door}: packed, where base64 is asked for`, async () => {
        const { data } = await ask(service, { model: "embed", input: inputs[0] ?? "", encoding_format: "base64" });
        assert.deepEqual(host.refusals, []);
        const packed = Buffer.from(String(data[0]?.embedding), "base64");
        const unpacked = [0, 4, 8].map((at) => packed.readFloatLE(at));
        assert.deepEqual(unpacked, vectorOf(inputs[0] ?? "").map(Math.fround));
      });
    }

    test("in the size that is asked for, or refused where the model has one", async () => {
      const response = await post(service, { model: "embed", input: inputs, dimensions: 256 });
      assert.deepEqual(host.refusals, []);
      assert.equal(response.status, dimensions === undefined ? 400 : 200);
      if (dimensions !== undefined) assert.equal(sizeIn(host.lastHit.json), 256);
      else assert.match(await response.text(), /dimensions/);
    });

    test("at the price of the model", async () => {
      const response = await post(service, { model: "embed", input: inputs });
      const cost = Number(response.headers.get("x-huntgroup-response-cost"));
      assert.ok(Math.abs(cost - tokens * price) < 1e-12, `${cost} for ${tokens} tokens`);
    });

    test("by OpenAI's own package, which asks for base64 by itself", async () => {
      const client = new OpenAI({ apiKey: "none", baseURL: `${service.origin}/v1`, maxRetries: 0 });
      const { data } = await client.embeddings.create({ model: "embed", input: inputs });
      assert.deepEqual(
        data.map(({ embedding }) => embedding),
        inputs.map((text) => vectorOf(text).map(Math.fround)),
      );
    });

    test("within the limit of requests", async () => {
      assert.equal((await post(service, { model: "few", input: inputs })).status, 200);
      assert.equal((await post(service, { model: "few", input: inputs })).status, 429);
      assert.equal(host.hits.length, 1);
    });

    test("of no more texts than it takes at once", { skip: mostTexts === undefined }, async () => {
      const input = Array.from({ length: (mostTexts ?? 0) + 1 }, () => "one text");
      const response = await post(service, { model: "embed", input });
      assert.equal(response.status, 400);
      const { error } = (await response.json()) as { error: { param: string; code: string } };
      assert.equal(error.param, "input");
      assert.deepEqual([host.hits.length, host.refusals.length], [0, 0]);
    });

    test("of no tokens, which are OpenAI's own", async () => {
      const response = await post(service, { model: "embed", input: [[1, 2], [3]] });
      assert.equal(response.status, 400);
      assert.match(await response.text(), /`input`/);
      assert.deepEqual([host.hits.length, host.refusals.length], [0, 0]);
    });
  });
}

test("the fakes take what Google's own package asks", async () => {
  const parties = new Parties();
  try {
    const studio = parties.add(await StrictHost.listen(new GeminiEmbeddingsApi(key)), (party) => party.close());
    studio.script(any);
    const ai = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: studio.origin } });
    const config = { outputDimensionality: 256, taskType: "RETRIEVAL_QUERY" };
    const { embeddings } = await ai.models.embedContent({ model: "gemini-embedding-001", contents: texts, config });
    assert.deepEqual(
      embeddings?.map(({ values }) => values),
      texts.map(vectorOf),
    );
    const cloud = parties.add(await StrictHost.listen(new VertexEmbeddingsApi("ya29.fake")), (party) => party.close());
    for (const model of ["text-embedding-005", "gemini-embedding-2"]) {
      cloud.script(any);
      const authClient = new OAuth2Client();
      authClient.setCredentials({ access_token: "ya29.fake" });
      const place = { vertexai: true, project: "p1", location: "us-central1", httpOptions: { baseUrl: cloud.origin, apiVersion: "v1" } };
      const vertexAi = new GoogleGenAI({ ...place, googleAuthOptions: { authClient: authClient as never } });
      await vertexAi.models.embedContent({ model, contents: "one text", config: { outputDimensionality: 256 } });
      assert.deepEqual(cloud.refusals, []);
    }
  } finally {
    await parties.end();
  }
});
