import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AdminService, type WatchDeploymentsResponse } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { inMemory, listening } from "../../support/rpc-fixture.ts";
import { operatedDeployment, ScriptedOperator } from "../../support/scripted-operator.ts";
import { ScriptedRouter } from "../../support/scripted-router.ts";

function scene() {
  const operator = new ScriptedOperator();
  operator.statuses = [operatedDeployment("a"), operatedDeployment("b", { group: "other" })];
  return { operator, clock: new FakeClock(), router: new ScriptedRouter({ kind: "hang" }) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("WatchDeployments sends a snapshot, then changes, and ends with UNAVAILABLE when the server drains", async () => {
  const { operator, clock, router } = scene();
  const { transport, health } = inMemory(router, { operator, clock });
  const seen: WatchDeploymentsResponse[] = [];
  const watching = (async () => {
    for await (const message of createClient(AdminService, transport).watchDeployments({})) {
      seen.push(message);
      if (seen.length === 1) operator.set("b", { weight: 3 });
      else health.drain();
      clock.advance(100);
    }
  })();
  const error = ConnectError.from(await watching.catch((reason: unknown) => reason));
  assert.equal(error.code, Code.Unavailable);
  assert.deepEqual(
    seen.map(({ snapshot, deployments, removedIds, etag, time }) => [
      snapshot,
      deployments.map(({ id, weight }) => [id, weight]),
      removedIds,
      etag,
      time?.seconds,
    ]),
    [
      [
        true,
        [
          ["a", 1],
          ["b", 1],
        ],
        [],
        "state-0",
        1_700_001_000n,
      ],
      [false, [["b", 3]], [], "state-0", 1_700_001_000n],
    ],
  );
  assert.equal(clock.pending, 0);
  const late = createClient(AdminService, transport).watchDeployments({});
  const refused = await late[Symbol.asyncIterator]()
    .next()
    .catch((reason: unknown) => reason);
  assert.equal(ConnectError.from(refused).code, Code.Unavailable);
});

test("WatchDeployments tells of one group where one is named", async () => {
  const { operator, clock, router } = scene();
  const client = createClient(AdminService, inMemory(router, { operator, clock }).transport);
  for (const [group, expected] of [
    ["other", ["b"]],
    ["", ["a", "b"]],
    ["nobody", []],
  ] as const) {
    const hungUp = new AbortController();
    for await (const { deployments } of client.watchDeployments({ group }, { signal: hungUp.signal })) {
      assert.deepEqual(
        deployments.map(({ id }) => id),
        expected,
      );
      break;
    }
    hungUp.abort();
  }
});

for (const [name, connect] of [
  ["gRPC", ({ http2Url }) => createGrpcTransport({ baseUrl: http2Url })],
  ["gRPC-Web over HTTP/1.1", ({ http1Url }) => createGrpcWebTransport({ baseUrl: http1Url, httpVersion: "1.1" })],
  ["Connect over HTTP/1.1", ({ http1Url }) => createConnectTransport({ baseUrl: http1Url, httpVersion: "1.1" })],
  [
    "Connect with JSON over HTTP/2",
    ({ http2Url }) => createConnectTransport({ baseUrl: http2Url, httpVersion: "2", useBinaryFormat: false }),
  ],
] as const satisfies readonly (readonly [string, (urls: { http1Url: string; http2Url: string }) => unknown])[]) {
  test(`over ${name}, a watcher that hangs up is forgotten`, async () => {
    const { operator, clock, router } = scene();
    await using server = await listening(router, { operator, clock });
    const hungUp = new AbortController();
    const seen: number[] = [];
    const watching = (async () => {
      const messages = createClient(AdminService, connect(server)).watchDeployments({}, { signal: hungUp.signal });
      for await (const { deployments } of messages) {
        seen.push(deployments.length);
        if (seen.length === 2) hungUp.abort();
        operator.set("a", { inFlight: seen.length });
        clock.advance(100);
      }
    })();
    const error = ConnectError.from(await watching.catch((reason: unknown) => reason));
    assert.equal(error.code, Code.Canceled);
    assert.deepEqual(seen, [2, 1]);
    // The server hears of it a moment later; a test that waits for ever fails.
    while (clock.pending > 0) await turn();
  });
}
