import { status, type ServiceError } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, afterEach, before, describe, test } from "node:test";
import { askUntilHeard } from "../support/ask-until-heard.ts";
import { eventually } from "../support/eventually.ts";
import { GrpcClient, grpcChat, grpcFailure, type GrpcMessage } from "../support/grpc-client.ts";
import { hostConfig, publicModel, upstreamModel } from "../support/host-config.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { chatEvents, hostError, hostWords } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";
import { within } from "../support/within.ts";

const chat = "huntgroup.v1.ChatService/ChatCompletion";
const chatStream = "huntgroup.v1.ChatService/ChatCompletionStream";
const request = grpcChat(publicModel, "Say hello.");

interface Chunk {
  readonly choices: readonly { readonly delta?: { readonly content?: string } }[];
}

describe("a grpc-js client loaded from the proto files, on the port of REST", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  let service: RunningTestService;
  let client: GrpcClient;

  before(async () => {
    host = await parties.host();
    service = await parties.service(hostConfig(host));
    client = parties.add(new GrpcClient(service.port), (party) => party.close());
  });
  afterEach(() => {
    assert.equal(service.router.inFlight, 0);
    host.reset();
  });
  after(() => parties.end());

  test("chats, and the host sees OpenAI's JSON", async () => {
    const response = await client.unary(chat, { ...request, temperature: 0, extra: { fields: { top_k: { numberValue: 40 } } } });
    assert.equal(response["model"], publicModel);
    const [choice] = response["choices"] as { message: { content: string } }[];
    assert.equal(choice?.message.content, hostWords.join(""));
    assert.deepEqual(host.lastHit.json, {
      model: upstreamModel,
      messages: [{ role: "user", content: "Say hello." }],
      temperature: 0,
      top_k: 40,
    });
  });

  test("streams", async () => {
    const words: (string | undefined)[] = [];
    for await (const chunk of client.stream(chatStream, request)) {
      const content = (chunk as Chunk).choices[0]?.delta?.content;
      if (content) words.push(content);
    }
    assert.deepEqual(words, hostWords);
  });

  test("is told the status, the stable code and when to try again", async () => {
    const cases = [
      { request: grpcChat("nonesuch", "hi"), code: status.NOT_FOUND, parts: ["model_not_found"] },
      {
        reply: hostError(429, { message: "Slow down." }, { "retry-after": "3" }),
        code: status.RESOURCE_EXHAUSTED,
        parts: ["upstream_rate_limited", "google.rpc.RetryInfo"],
      },
      { reply: hostError(400, { message: "No." }), code: status.INVALID_ARGUMENT, parts: ["invalid_request"] },
      { reply: hostError(503, { message: "Full." }), code: status.UNAVAILABLE, parts: ["upstream_overloaded"] },
      { reply: { kind: "cut" } as const, code: status.UNAVAILABLE, parts: ["upstream_unreachable"] },
    ];
    for (const { request: asked = request, reply, code, parts } of cases) {
      // A request that is lost on a used connection is sent again, once.
      if (reply !== undefined) host.once(...(reply.kind === "cut" ? [reply, reply] : [reply]));
      const error = await grpcFailure(client.unary(chat, asked));
      assert.equal(error.code, code, error.message);
      const details = String(error.metadata.get("grpc-status-details-bin")[0]);
      for (const part of ["google.rpc.ErrorInfo", "huntgroup", ...parts]) assert.ok(details.includes(part), `${part} in ${details}`);
    }
  });

  test("is bound by its deadline, which frees the host", async () => {
    host.always({ kind: "hang" });
    const error = await askUntilHeard(
      () => host.hits.length,
      (deadlineMs) => grpcFailure(client.unary(chat, request, { deadline: Date.now() + deadlineMs })),
    );
    assert.equal(error.code, status.DEADLINE_EXCEEDED);
    await within(host.lastHit.hungUp, "the host's client hung up");
    // A call before it may have come late.
    await eventually(async () => assert.equal(service.router.inFlight, 0));
  });

  test("frees the host when it cancels a stream", async () => {
    host.always({ kind: "stream", pieces: chatEvents(hostWords).slice(0, -2), end: "hang" });
    const stream = client.stream(chatStream, request);
    const ended = once(stream, "error") as Promise<[ServiceError]>;
    await once(stream, "data");
    assert.equal(service.router.inFlight, 1);
    stream.cancel();
    await within(host.lastHit.hungUp, "the host's client hung up");
    const [error] = await ended;
    assert.equal(error.code, status.CANCELLED);
  });

  async function theDeployment(): Promise<GrpcMessage> {
    const { deployments } = await client.unary("huntgroup.v1.AdminService/ListDeployments", { group: publicModel });
    const [deployment, ...others] = deployments as GrpcMessage[];
    assert.ok(deployment !== undefined && others.length === 0);
    return deployment;
  }

  test("lists the deployments, takes the weight off one and gives it back", async () => {
    const { id, group, eligibility } = await theDeployment();
    assert.deepEqual({ id, group, eligibility }, { id: "the-one", group: publicModel, eligibility: "ELIGIBILITY_ELIGIBLE" });
    for (const weight of [0, 1]) {
      await client.unary("huntgroup.v1.AdminService/SetWeights", { weights: { "the-one": weight } });
      assert.equal((await theDeployment())["weight"], weight);
    }
  });

  test("watches a weight move, and asks where a call goes then", async () => {
    const messages = client.stream("huntgroup.v1.AdminService/WatchDeployments", {});
    const ended = once(messages, "error") as Promise<[ServiceError]>;
    const next = async (): Promise<GrpcMessage> => ((await once(messages, "data")) as [GrpcMessage])[0];
    const snapshot = await next();
    const changed = next();
    await client.unary("huntgroup.v1.AdminService/SetWeights", { weights: { "the-one": 0.5 }, etag: snapshot["etag"] });
    assert.equal(((await changed)["deployments"] as GrpcMessage[])[0]?.["weight"], 0.5);
    const stale = await grpcFailure(
      client.unary("huntgroup.v1.AdminService/SetWeights", { weights: { "the-one": 1 }, etag: snapshot["etag"] }),
    );
    assert.equal(stale.code, status.ABORTED);
    messages.cancel();
    assert.equal((await ended)[0].code, status.CANCELLED);
    const explained = await client.unary("huntgroup.v1.AdminService/ExplainRoute", { model: publicModel });
    assert.equal(explained["picked_id"], "the-one");
    const [candidate] = explained["candidates"] as GrpcMessage[];
    assert.deepEqual([candidate?.["eligibility"], candidate?.["weight"], candidate?.["score"]], ["ELIGIBILITY_ELIGIBLE", 0.5, 1]);
    assert.equal(host.hits.length, 0);
    await client.unary("huntgroup.v1.AdminService/SetWeights", { weights: { "the-one": 1 } });
  });

  test("probes the health", async () => {
    assert.deepEqual(await client.unary("grpc.health.v1.Health/Check", {}), { status: "SERVING" });
  });
});
