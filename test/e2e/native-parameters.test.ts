import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { JsonMembers } from "../../src/core/provider.ts";
import { GrpcClient, grpcFailure } from "../support/grpc-client.ts";
import { ask } from "../support/http-client.ts";
import { type Voice, voices } from "../support/native-voices.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** What becomes of a parameter that a provider with an API of its own cannot take, over real sockets. */
describe("a parameter that a deployment cannot take", () => {
  const parties = new Parties();
  const hosts = new Map<Voice["name"], OpenAiHost>();
  const natives = voices.filter(({ name }) => name !== "openai");
  let service: RunningTestService;
  let grpc: GrpcClient;

  function deployment(group: string, voice: Voice, weight: number): JsonMembers {
    const base = `${hosts.get(voice.name)?.origin}/host/v1`;
    return { model_name: group, litellm_params: { ...voice.params(base), weight }, model_info: { id: `${group}:${voice.name}` } };
  }

  before(async () => {
    for (const voice of voices) {
      const host = await parties.host();
      host.always({ kind: "reply", body: voice.reply("Hello") });
      hosts.set(voice.name, host);
    }
    const [openAi] = voices;
    assert.ok(openAi?.name === "openai");
    const list = natives.flatMap((voice) => [
      deployment(`alone-${voice.name}`, voice, 1),
      deployment(`mixed-${voice.name}`, voice, 1_000_000_000),
      deployment(`mixed-${voice.name}`, openAi, 1),
    ]);
    service = await parties.service(JSON.stringify({ model_list: list, router_settings: { num_retries: 0 } }));
    grpc = parties.add(new GrpcClient(service.port), (client) => client.close());
  });

  after(() => parties.end());

  const messages = [{ role: "user", content: "hi" }];
  const bias = { logit_bias: { "5": 1 } };

  function chat(model: string, more: JsonMembers) {
    const body = JSON.stringify({ model, messages, ...more });
    return ask(service.port, "http1", {
      method: "POST",
      path: "/v1/chat/completions",
      headers: { "content-type": "application/json" },
      body,
    });
  }

  for (const { name } of natives) {
    it(`${name}: is asked of a sibling that can, without an attempt at the other`, async () => {
      const answer = await chat(`mixed-${name}`, bias);
      assert.deepEqual([answer.status, answer.headers["x-huntgroup-model-id"]], [200, `mixed-${name}:openai`]);
      assert.deepEqual([answer.headers["x-huntgroup-attempted-retries"], hosts.get(name)?.hits.length], ["0", 0]);
    });

    it(`${name}: is named in a 400 where no deployment can`, async () => {
      const answer = await chat(`alone-${name}`, bias);
      const { error } = JSON.parse(answer.text) as { error: { type: string; param: string; message: string } };
      assert.deepEqual([answer.status, error.type, error.param], [400, "invalid_request_error", "logit_bias"]);
      assert.match(error.message, /cannot take `logit_bias`.*drop_params/);
      const request = { model: `alone-${name}`, messages: [{ role: "user", content: { stringValue: "hi" } }], logit_bias: { "5": 1 } };
      const failure = await grpcFailure(grpc.unary("huntgroup.v1.ChatService/ChatCompletion", request));
      assert.equal(failure.code, 3);
    });

    it(`${name}: is left out where the request says so, and its caller is told`, async () => {
      const answer = await chat(`alone-${name}`, { ...bias, drop_params: true });
      assert.deepEqual([answer.status, answer.headers["x-huntgroup-adjusted"]], [200, "logit_bias"]);
      const wanted = { limit: 1, model: `alone-${name}`, deploymentId: undefined, keyName: undefined, failedOnly: false };
      const [kept] = (await service.operator.recentCalls(wanted)).calls;
      assert.deepEqual(kept?.adjusted, ["logit_bias"]);
      const plain = await chat(`alone-${name}`, {});
      assert.equal(plain.headers["x-huntgroup-adjusted"], undefined);
      assert.doesNotMatch(
        hosts
          .get(name)
          ?.hits.map(({ body }) => body.toString())
          .join("") ?? "",
        /logit_bias/,
      );
    });
  }
});
