import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { connect as http2Connect } from "node:http2";
import { Agent, request as httpsRequest } from "node:https";
import type { TLSSocket } from "node:tls";
import { after, before, describe, test } from "node:test";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { Authority, type Certified } from "../support/certificates.ts";
import { GrpcClient, grpcChat } from "../support/grpc-client.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** Clients that are known by their certificates, through every protocol. */

const authority = new Authority();
const stranger = new Authority("Stranger");
const server = authority.issue({ name: "localhost", dns: ["localhost"] });
const spiffe = "spiffe://cluster.local/ns/prod/sa/web";
const clients = {
  "a SPIFFE id": authority.issue({ name: "x", uris: [spiffe] }),
  "a host name": authority.issue({ name: "x", dns: ["web.example.com"] }),
  "a common name": authority.issue({ name: "batch" }),
  "a host name that holds a SPIFFE id": authority.issue({ name: "x", dns: [`a, URI:${spiffe}`] }),
  "a name without a key": authority.issue({ name: "nobody" }),
  "a name whose key may not call the model": authority.issue({ name: "small" }),
  "an unknown authority": stranger.issue({ name: "batch" }),
  "an end in the past": authority.issue({ name: "batch", notAfter: new Date("2021-01-01T00:00:00Z") }),
};

const config = `
model_list: [{model_name: m, litellm_params: {model: mock/m}}]
general_settings:
  master_key: sk-master
  client_certificates:
    keys: {"${spiffe}": web, web.example.com: web, batch: batch, small: small}
keys: [{name: web}, {name: batch}, {name: small, models: [other]}]
`;

const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }] });
const path = "/v1/chat/completions";

/** What came of a call: the answer, or the reason why there is none. */
type Outcome = "served" | "unauthenticated" | "forbidden" | "refused by TLS";

function outcomeOf(status: number): Outcome {
  return status === 200 ? "served" : status === 403 ? "forbidden" : status === 401 ? "unauthenticated" : assert.fail(String(status));
}

type Ask = (port: number, own: Certified | undefined, key?: string) => Promise<Outcome>;

const rest: Ask = (port, own, key) =>
  new Promise((resolve) => {
    const headers = { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
    const request = httpsRequest(
      `https://localhost:${port}${path}`,
      { method: "POST", ca: authority.cert, agent: false, headers, ...own },
      (response) => {
        response.resume().on("end", () => resolve(outcomeOf(response.statusCode ?? 0)));
        response.on("error", () => resolve("refused by TLS"));
      },
    );
    request.on("error", () => resolve("refused by TLS"));
    request.end(body);
  });

const restHttp2: Ask = async (port, own, key) => {
  const session = http2Connect(`https://localhost:${port}`, { ca: authority.cert, ...own });
  try {
    return await new Promise((resolve) => {
      session.on("error", () => resolve("refused by TLS"));
      session.on("close", () => resolve("refused by TLS"));
      const stream = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      });
      stream.on("error", () => resolve("refused by TLS"));
      stream.on("response", (headers) => resolve(outcomeOf(headers[":status"] ?? 0)));
      stream.resume();
      stream.end(body);
    });
  } finally {
    session.destroy();
  }
};

const grpc: Ask = async (port, own, key) => {
  const client = new GrpcClient(port, key, Buffer.from(authority.cert), own);
  try {
    await client.unary("huntgroup.v1.ChatService/ChatCompletion", grpcChat("m", "hello"));
    return "served";
  } catch (error) {
    const { code } = error as { code: number };
    return code === 16 ? "unauthenticated" : code === 7 ? "forbidden" : code === 14 ? "refused by TLS" : assert.fail(String(error));
  } finally {
    client.close();
  }
};

const connect: Ask = async (port, own, key) => {
  const transport = createConnectTransport({
    baseUrl: `https://localhost:${port}`,
    httpVersion: "1.1",
    nodeOptions: { ca: authority.cert, agent: false, ...own },
  });
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  try {
    const content = { kind: { case: "stringValue" as const, value: "hello" } };
    await createClient(ChatService, transport).chatCompletion({ model: "m", messages: [{ role: "user", content }] }, { headers });
    return "served";
  } catch (error) {
    const { code } = ConnectError.from(error);
    return code === Code.Unauthenticated ? "unauthenticated" : code === Code.PermissionDenied ? "forbidden" : "refused by TLS";
  }
};

const protocols: Readonly<Record<string, Ask>> = { "REST by HTTP/1.1": rest, "REST by HTTP/2": restHttp2, gRPC: grpc, Connect: connect };

const cases: readonly (readonly [
  shown: keyof typeof clients | "nothing",
  key: string | undefined,
  required: Outcome,
  optional: Outcome,
])[] = [
  ["a SPIFFE id", undefined, "served", "served"],
  ["a host name", undefined, "served", "served"],
  ["a common name", undefined, "served", "served"],
  ["a host name that holds a SPIFFE id", undefined, "unauthenticated", "unauthenticated"],
  ["a name without a key", undefined, "unauthenticated", "unauthenticated"],
  ["a name without a key", "sk-master", "served", "served"],
  ["a name whose key may not call the model", undefined, "forbidden", "forbidden"],
  ["a name whose key may not call the model", "sk-master", "served", "served"],
  ["a common name", "a placeholder", "served", "served"],
  ["an unknown authority", undefined, "refused by TLS", "unauthenticated"],
  ["an unknown authority", "sk-master", "refused by TLS", "served"],
  ["an end in the past", undefined, "refused by TLS", "unauthenticated"],
  ["nothing", undefined, "refused by TLS", "unauthenticated"],
  ["nothing", "sk-master", "refused by TLS", "served"],
];

for (const clientAuth of ["required", "optional"] as const) {
  describe(`clients' certificates, ${clientAuth}`, () => {
    const parties = new Parties();
    let service: RunningTestService;

    before(async () => {
      service = await parties.service(config, { tls: { ...server, clientCa: authority.cert, clientAuth } });
    });
    after(() => parties.end());

    for (const [name, ask] of Object.entries(protocols)) {
      for (const [shown, key, required, optional] of cases) {
        const outcome = clientAuth === "required" ? required : optional;
        test(`${name} with ${shown}${key === undefined ? "" : ` and the key ${key}`} is ${outcome}`, async () => {
          assert.equal(await ask(service.port, shown === "nothing" ? undefined : clients[shown], key), outcome);
        });
      }
    }
  });
}

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`a client is known again when it resumes its session of ${version}`, async () => {
    const parties = new Parties();
    try {
      const service = await parties.service(config, { threads: 1, tls: { ...server, clientCa: authority.cert } });
      const own = clients["a common name"];
      const agent = new Agent({ ca: authority.cert, servername: "localhost", minVersion: version, maxVersion: version, ...own });
      const seen: (readonly [status: number | undefined, isResumed: boolean])[] = [];
      // The ticket comes after the handshake, and may come after the first answer.
      while (seen.length < 20 && seen.at(-1)?.[1] !== true) {
        seen.push(
          await new Promise((resolve, reject) => {
            let isResumed = false;
            const request = httpsRequest(`https://127.0.0.1:${service.port}/v1/models`, { agent }, (response) => {
              response.resume().on("end", () => resolve([response.statusCode, isResumed]));
            });
            request.on("socket", (socket) => socket.on("secureConnect", () => (isResumed = (socket as TLSSocket).isSessionReused())));
            request.on("error", reject);
            request.end();
          }),
        );
      }
      assert.deepEqual(seen.at(-1), [200, true]);
      assert.deepEqual(new Set(seen.map(([status]) => status)), new Set([200]));
    } finally {
      await parties.end();
    }
  });
}

for (const threads of [1, 2]) {
  test(`a certificate's key operates nothing, with ${threads} threads`, async () => {
    const parties = new Parties();
    const service = await parties.service(config, { threads, tls: { ...server, clientCa: authority.cert } });
    try {
      const statuses = new Set<number>();
      for (let call = 0; call < 12; call++) {
        statuses.add(
          await new Promise((resolve, reject) => {
            const headers = { "x-huntgroup-relayed-identity": encodeURIComponent('{"commonName":"batch","dns":[],"uris":[]}') };
            const own = clients[call % 2 === 0 ? "a common name" : "a name without a key"];
            const request = httpsRequest(
              `https://localhost:${service.port}/router/settings`,
              { ca: authority.cert, agent: false, headers, ...own },
              (response) => response.resume().on("end", () => resolve((call % 2) * 1_000 + (response.statusCode ?? 0))),
            );
            request.on("error", reject);
            request.end();
          }),
        );
      }
      assert.deepEqual(statuses, new Set([403, 1_401]));
    } finally {
      await parties.end();
    }
  });
}
