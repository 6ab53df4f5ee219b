import { fromJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EmbeddingService } from "../../gen/huntgroup/v1/embedding_pb.ts";
import { ModelService } from "../../gen/huntgroup/v1/model_pb.ts";
import { listening, type ListeningRpc } from "../support/rpc-fixture.ts";
import { RouterError } from "../../src/core/errors.ts";
import { ScriptedRouter } from "../support/scripted-router.ts";

const transports: readonly (readonly [string, (server: ListeningRpc) => Transport])[] = [
  ["gRPC", ({ http2Url }) => createGrpcTransport({ baseUrl: http2Url })],
  ["Connect", ({ http1Url }) => createConnectTransport({ baseUrl: http1Url, httpVersion: "1.1" })],
];

const embeddings = {
  object: "list",
  data: [{ object: "embedding", index: 0, embedding: [0.5, -1] }],
  model: "embed",
  usage: { prompt_tokens: 2, total_tokens: 2 },
  cached: true,
};

for (const [name, connect] of transports) {
  describe(`by ${name}`, () => {
    test("CreateEmbeddings asks for what OpenAI's JSON says, and answers in its shape", async () => {
      const router = new ScriptedRouter({ kind: "reply", body: embeddings });
      await using server = await listening(router);
      const client = createClient(EmbeddingService, connect(server));
      const answer = await client.createEmbeddings({ model: "embed", input: fromJson(ValueSchema, ["a", "b"]), dimensions: 2 });
      const [call] = router.calls;
      assert.equal(call?.endpoint, "embeddings");
      assert.deepEqual(JSON.parse(call.body.bytes.toString()), { model: "embed", input: ["a", "b"], dimensions: 2 });
      assert.deepEqual(answer.data[0]?.embedding?.kind.case, "listValue");
      assert.equal(answer.usage?.totalTokens, 2);
      assert.deepEqual(answer.extra, { cached: true });
    });

    test("CreateEmbeddings fails with the call's error", async () => {
      const router = new ScriptedRouter({ kind: "failure", error: new RouterError("no_capacity", "Full.") });
      await using server = await listening(router);
      const failed = await createClient(EmbeddingService, connect(server))
        .createEmbeddings({ model: "embed" })
        .catch((error: unknown) => ConnectError.from(error));
      assert.ok(failed instanceof ConnectError);
      assert.equal(failed.code, Code.ResourceExhausted);
    });

    test("ListModels has what GET /v1/models has, for who has a key", async () => {
      await using server = await listening(new ScriptedRouter({ kind: "hang" }), { masterKey: "sk-right" });
      const client = createClient(ModelService, connect(server));
      const { object, data } = await client.listModels({}, { headers: { authorization: "Bearer sk-right" } });
      assert.equal(object, "list");
      assert.deepEqual(
        data.map(({ id, object: kind, ownedBy }) => [id, kind, ownedBy]),
        [["gpt-4", "model", "huntgroup"]],
      );
      await assert.rejects(client.listModels({}), (error) => ConnectError.from(error).code === Code.Unauthenticated);
    });
  });
}

test("a Connect caller's JSON is OpenAI's own", async () => {
  const router = new ScriptedRouter({ kind: "reply", body: embeddings });
  await using server = await listening(router);
  const response = await fetch(`${server.http1Url}/huntgroup.v1.EmbeddingService/CreateEmbeddings`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "embed", input: "a", input_type: "query" }),
  });
  assert.equal(response.status, 200);
  assert.deepEqual(JSON.parse(router.calls[0]?.body.bytes.toString() ?? ""), { model: "embed", input: "a", input_type: "query" });
});
