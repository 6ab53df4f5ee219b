import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import type { Refusal } from "../../src/inbound/inbound-observer.ts";
import { listening } from "../support/rpc-fixture.ts";
import { ScriptedRouter } from "../support/scripted-router.ts";

const transports = {
  grpc: createGrpcTransport,
  grpc_web: (options: { baseUrl: string }) => createGrpcWebTransport({ ...options, httpVersion: "2" }),
  connect: (options: { baseUrl: string }) => createConnectTransport({ ...options, httpVersion: "2" }),
};

for (const [protocol, createTransport] of Object.entries(transports)) {
  test(`${protocol}: what is turned away is told, by its protocol and code`, async () => {
    const refusals: Refusal[] = [];
    const observer = { refused: (refusal: Refusal) => void refusals.push(refusal) };
    await using server = await listening(new ScriptedRouter({ kind: "reply", body: {} }), { masterKey: "sk-right", observer });
    const transport = createTransport({ baseUrl: server.http2Url });
    const chat = createClient(ChatService, transport);
    const good = { authorization: "Bearer sk-right" };
    const wrong = { authorization: "Bearer sk-wrong" };
    await chat.chatCompletion({ model: "m" }, { headers: good });
    assert.equal(refusals.length, 0);
    await assert.rejects(chat.chatCompletion({ model: "m" }, { headers: wrong }));
    await assert.rejects(createClient(AdminService, transport).listDeployments({}, { headers: wrong }));
    const badHeader = { ...good, "x-huntgroup-num-retries": "many", "x-request-id": "mine" };
    await assert.rejects(chat.chatCompletion({ model: "m" }, { headers: badHeader }));
    const stream = chat.chatCompletionStream({ model: "m" }, { headers: badHeader });
    await assert.rejects(async () => void (await stream[Symbol.asyncIterator]().next()));
    assert.deepEqual(
      refusals.map((refusal) => [refusal.inboundProtocol, refusal.code, refusal.callId]),
      [
        [protocol, "unauthenticated", undefined],
        [protocol, "unauthenticated", undefined],
        [protocol, "invalid_request", "mine"],
        [protocol, "invalid_request", "mine"],
      ],
    );
  });
}
