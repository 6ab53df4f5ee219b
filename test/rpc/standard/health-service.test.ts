import { Code, ConnectError, createClient } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../../gen/grpc/health/v1/health_pb.ts";
import { inMemory } from "../../support/rpc-fixture.ts";
import { ScriptedRouter } from "../../support/scripted-router.ts";

function serve() {
  const { transport, health } = inMemory(new ScriptedRouter({ kind: "hang" }), { masterKey: "key" });
  return { health, client: createClient(Health, transport) };
}

describe("health", () => {
  test("is told without a key, for the server and for each of its services", async () => {
    const { client } = serve();
    for (const service of ["", "huntgroup.v1.ChatService", "huntgroup.v1.AdminService"]) {
      assert.equal((await client.check({ service })).status, Status.SERVING);
    }
  });

  test("of an unknown service is not found", async () => {
    const { client } = serve();
    await assert.rejects(client.check({ service: "nobody" }), (error) => ConnectError.from(error).code === Code.NotFound);
  });

  test("lists every service", async () => {
    const { statuses } = await serve().client.list({});
    assert.equal(statuses[""]?.status, Status.SERVING);
    assert.equal(statuses["huntgroup.v1.ChatService"]?.status, Status.SERVING);
  });

  test("is NOT_SERVING once the server drains", async () => {
    const { client, health } = serve();
    health.drain();
    assert.equal((await client.check({})).status, Status.NOT_SERVING);
  });

  test("watched, is told at once and when it changes, and then the watch ends", async () => {
    const { client, health } = serve();
    const seen: Status[] = [];
    for await (const { status } of client.watch({})) {
      seen.push(status);
      health.drain();
    }
    assert.deepEqual(seen, [Status.SERVING, Status.NOT_SERVING]);
  });

  test("watched for an unknown service, says so and goes on", async () => {
    const { client, health } = serve();
    const seen: Status[] = [];
    for await (const { status } of client.watch({ service: "nobody" })) {
      seen.push(status);
      health.drain();
    }
    assert.deepEqual(seen, [Status.SERVICE_UNKNOWN]);
  });

  test("watched while draining, ends after the first status", async () => {
    const { client, health } = serve();
    health.drain();
    const seen: Status[] = [];
    for await (const { status } of client.watch({})) seen.push(status);
    assert.deepEqual(seen, [Status.NOT_SERVING]);
  });
});
