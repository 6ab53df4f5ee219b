import { status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { GrpcClient, grpcChat, grpcFailure } from "../support/grpc-client.ts";
import { hostConfig, publicModel, upstreamKey } from "../support/host-config.ts";
import { ask, errorOf, type HttpAnswer } from "../support/http-client.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { chatChunk, hostError, sse, type HostReply } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

const masterKey = "sk-master-fedcba9876543210";
const chat = JSON.stringify({ model: publicModel, messages: [] });
const streamedChat = JSON.stringify({ model: publicModel, messages: [], stream: true });

/** Every door that asks for the key. RPC's by Connect's JSON, which is plain HTTP. */
const guarded: readonly (readonly [path: string, body: string | undefined])[] = [
  ["/chat/completions", chat],
  ["/v1/chat/completions", chat],
  ["/v1/chat/completions", streamedChat],
  ["/v1/completions", chat],
  ["/v1/embeddings", chat],
  [`/engines/${publicModel}/chat/completions`, chat],
  [`/openai/deployments/${publicModel}/chat/completions?api-version=2024-10-21`, chat],
  ["/v1/models", undefined],
  [`/v1/models/${publicModel}`, undefined],
  ["/model/info", undefined],
  ["/v1/model/info", undefined],
  ["/model_group/info", undefined],
  ["/router/settings", undefined],
  ["/health", undefined],
  ["/huntgroup.v1.ChatService/ChatCompletion", chat],
  ["/huntgroup.v1.AdminService/ListDeployments", "{}"],
  ["/huntgroup.v1.AdminService/SetWeights", '{"weights":{"the-one":0}}'],
];

const open = ["/health/liveliness", "/health/liveness", "/health/readiness"];

const wrongKeys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "no key": {},
  "a wrong key": { authorization: "Bearer sk-wrong" },
  "an empty key": { authorization: "Bearer " },
  "a part of the key": { authorization: `Bearer ${masterKey.slice(0, -1)}` },
  "the key and more": { authorization: `Bearer ${masterKey}0` },
  "the deployment's key": { authorization: `Bearer ${upstreamKey}` },
  "a wrong key in api-key": { "api-key": "sk-wrong" },
};

const rightKeys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "authorization: Bearer": { authorization: `Bearer ${masterKey}` },
  "api-key": { "api-key": masterKey },
  "x-api-key": { "x-api-key": masterKey },
};

describe("with a master key", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  let service: RunningTestService;

  before(async () => {
    host = await parties.host();
    const more = "general_settings:\n  master_key: os.environ/MY_MASTER_KEY\n  max_failed_attempts: 0\n";
    service = await parties.service(hostConfig(host, more), { env: { MY_MASTER_KEY: masterKey } });
  });
  afterEach(() => host.reset());
  after(() => parties.end());

  function knock(path: string, body: string | undefined, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    const method = body === undefined ? "GET" : "POST";
    const question = { method, path, headers: { "content-type": "application/json", ...headers } };
    return ask(service.port, "http1", body === undefined ? question : { ...question, body });
  }

  for (const [shown, headers] of Object.entries(wrongKeys)) {
    test(`every inbound protocol is closed to a caller with ${shown}, and no provider hears of it`, async () => {
      for (const [path, body] of guarded) {
        const answer = await knock(path, body, headers);
        assert.equal(answer.status, 401, `${path}: ${answer.text}`);
        if (path.startsWith("/huntgroup.")) assert.equal((JSON.parse(answer.text) as { code: string }).code, "unauthenticated");
        else assert.deepEqual([errorOf(answer).type, errorOf(answer).code], ["authentication_error", "invalid_api_key"]);
      }
      assert.equal(host.hits.length, 0);
      assert.equal(service.router.deployments()[0]?.weight, 1);
    });
  }

  for (const [shown, headers] of Object.entries(rightKeys)) {
    test(`every inbound protocol opens to the key in ${shown}`, async () => {
      for (const [path, body] of guarded) {
        // A weight of 0 is for the callers without a key.
        const answer = await knock(path, body?.replace(":0", ":1"), headers);
        assert.equal(answer.status, 200, `${path}: ${answer.text}`);
      }
    });
  }

  test("liveness and readiness are open", async () => {
    for (const path of open) assert.equal((await knock(path, undefined, {})).status, 200, path);
  });

  test("the caller's key is not shown to the provider", async () => {
    await knock("/v1/chat/completions", chat, { "api-key": masterKey, authorization: `Bearer ${masterKey}`, "x-api-key": masterKey });
    assert.equal(host.hits.length, 1);
    assert.equal(host.lastHit.headers.authorization, `Bearer ${upstreamKey}`);
    assert.ok(!JSON.stringify(host.lastHit.headers).includes(masterKey));
  });

  test("gRPC asks for it in the metadata, but not for the health", async () => {
    const call = "huntgroup.v1.ChatService/ChatCompletion";
    for (const key of [undefined, "sk-wrong"]) {
      const stranger = parties.add(new GrpcClient(service.port, key), (party) => party.close());
      for (const [path, message] of [
        [call, grpcChat(publicModel, "hi")],
        ["huntgroup.v1.AdminService/ListDeployments", {}],
        ["huntgroup.v1.AdminService/SetWeights", { weights: { "the-one": 0 } }],
      ] as const) {
        assert.equal((await grpcFailure(stranger.unary(path, message))).code, status.UNAUTHENTICATED, path);
      }
      const stream = stranger.stream("huntgroup.v1.ChatService/ChatCompletionStream", grpcChat(publicModel, "hi"));
      assert.equal((await grpcFailure(stream.toArray())).code, status.UNAUTHENTICATED);
      assert.deepEqual(await stranger.unary("grpc.health.v1.Health/Check", {}), { status: "SERVING" });
    }
    const friend = parties.add(new GrpcClient(service.port, masterKey), (party) => party.close());
    assert.equal((await friend.unary(call, grpcChat(publicModel, "hi")))["model"], publicModel);
  });

  test("no reply ever holds a secret, not even one that a provider gives away", async () => {
    const betrayals: readonly HostReply[] = [
      ...[400, 401, 403, 404, 422, 429, 500, 503].map((status) =>
        hostError(
          status,
          { message: `Wrong key ${upstreamKey}, sent as Bearer ${upstreamKey}.`, code: upstreamKey, param: upstreamKey },
          { "x-debug-key": upstreamKey },
        ),
      ),
      { kind: "reply", status: 500, body: `<html>${upstreamKey}</html>`, headers: { "content-type": "text/html" } },
      { kind: "reply", body: { error: { message: `Wrong key ${upstreamKey}.` } } },
      { kind: "reply", body: `not JSON ${upstreamKey}` },
      { kind: "stream", pieces: [sse({ error: { message: `Wrong key ${upstreamKey}.`, code: 401 } })] },
      { kind: "stream", pieces: [sse(chatChunk({ content: "a" })), sse({ error: { message: `Wrong key ${upstreamKey}.` } })] },
      { kind: "stream", pieces: [sse(chatChunk({ content: "a" })), sse(`not JSON ${upstreamKey}`)] },
      { kind: "cut" },
    ];
    const bearer = { authorization: `Bearer ${masterKey}` };
    const answers: HttpAnswer[] = [];
    for (const reply of betrayals) {
      host.always(reply);
      answers.push(await knock("/v1/chat/completions", chat, bearer));
      answers.push(await knock("/v1/chat/completions", streamedChat, bearer));
      answers.push(await knock("/huntgroup.v1.ChatService/ChatCompletion", chat, bearer));
    }
    host.reset();
    const key = `"${masterKey}"`;
    answers.push(
      await knock("/v1/models", undefined, bearer),
      await knock("/huntgroup.v1.AdminService/ListDeployments", "{}", bearer),
      await knock("/v1/chat/completions", "{", bearer),
      await knock("/v1/chat/completions", `{"model":${key},"messages":[]}`, { authorization: "Bearer sk-wrong" }),
      await knock("/nonesuch", undefined, bearer),
      await knock("/", undefined, bearer),
    );
    for (const { headers, text } of answers) {
      const everything = JSON.stringify(headers) + text;
      for (const secret of [masterKey, upstreamKey]) assert.ok(!everything.includes(secret), everything);
    }
    assert.equal(service.router.inFlight, 0);
  });

  test("gRPC's error details hold no secret either", async () => {
    const client = parties.add(new GrpcClient(service.port, masterKey), (party) => party.close());
    for (const status of [400, 401, 429, 500]) {
      host.once(hostError(status, { message: `Wrong key ${upstreamKey}.`, code: upstreamKey }));
      const error = await grpcFailure(client.unary("huntgroup.v1.ChatService/ChatCompletion", grpcChat(publicModel, "hi")));
      const details = String(error.metadata.get("grpc-status-details-bin")[0]);
      assert.ok(details.includes("huntgroup"));
      assert.ok(!`${error.message} ${details} ${JSON.stringify(error.metadata.getMap())}`.includes(upstreamKey), error.message);
    }
  });
});
