import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { connect as http2Connect } from "node:http2";
import { after, before, describe, test } from "node:test";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { GrpcClient, grpcChat } from "../support/grpc-client.ts";
import { hostConfig, publicModel } from "../support/host-config.ts";
import { hostWords } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

const cert = readFileSync(new URL("../fixtures/tls/cert.pem", import.meta.url), "utf8");
const key = readFileSync(new URL("../fixtures/tls/key.pem", import.meta.url), "utf8");
const path = "/v1/chat/completions";
const restBody = JSON.stringify({ model: publicModel, messages: [{ role: "user", content: "Say hello." }] });
const answer = hostWords.join("");

describe("with TLS, all of it on one port", () => {
  const parties = new Parties();
  let service: RunningTestService;

  before(async () => {
    service = await parties.service(hostConfig(await parties.host()), { tls: { cert, key } });
  });
  after(() => parties.end());

  test("REST by HTTP/1.1", async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const request = httpsRequest(`${service.origin}${path}`, { method: "POST", ca: cert, agent: false, headers }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (body += part));
        response.on("end", () => resolve(body));
      });
      request.on("error", reject);
      request.end(restBody);
    });
    assert.ok(text.includes(answer), text);
  });

  test("REST by HTTP/2", async () => {
    const session = parties.add(http2Connect(service.origin, { ca: cert }), (party) => party.close());
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
    stream.end(restBody);
    const text = Buffer.concat(await stream.toArray()).toString();
    assert.equal(session.alpnProtocol, "h2");
    assert.ok(text.includes(answer), text);
  });

  test("gRPC, by a client loaded from the proto files", async () => {
    const client = parties.add(new GrpcClient(service.port, undefined, Buffer.from(cert)), (party) => party.close());
    const response = await client.unary("huntgroup.v1.ChatService/ChatCompletion", grpcChat(publicModel, "Say hello."));
    assert.equal(response["model"], publicModel);
  });

  test("gRPC and Connect, by Connect's clients over both versions of HTTP", async () => {
    const request = {
      model: publicModel,
      messages: [{ role: "user", content: { kind: { case: "stringValue" as const, value: "Say hello." } } }],
    };
    const nodeOptions = { ca: cert };
    const baseUrl = service.origin;
    for (const transport of [
      createGrpcTransport({ baseUrl, nodeOptions }),
      createConnectTransport({ baseUrl, nodeOptions, httpVersion: "2" }),
      createConnectTransport({ baseUrl, nodeOptions, httpVersion: "1.1" }),
    ]) {
      const response = await createClient(ChatService, transport).chatCompletion(request);
      assert.equal(response.choices[0]?.message?.content, answer);
    }
  });
});
