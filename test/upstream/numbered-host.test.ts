import assert from "node:assert/strict";
import { test } from "node:test";
import type { buildConnector } from "undici";
import { systemClock } from "../../src/lib/clock.ts";
import { HttpExchange } from "../../src/upstream/http-exchange.ts";
import { HttpPool } from "../../src/upstream/http-pool.ts";
import { requestHead } from "../../src/upstream/request-head.ts";

const request = { method: "POST", origin: "http://qwen3.6:8000", path: "/v1/chat/completions", headers: {}, body: [] } as const;

test("a host whose last label is a number is connected to, and named in the request, by that name", () => {
  const asked: buildConnector.Options[] = [];
  const pool = new HttpPool({
    origin: request.origin,
    connect: (options) => void asked.push(options),
    keepAliveMs: 1_000,
    clock: systemClock,
    onEmpty: () => {},
  });
  const head = requestHead(request);
  assert.ok(Buffer.isBuffer(head));
  assert.match(head.toString(), /^POST \/v1\/chat\/completions HTTP\/1\.1\r\nhost: qwen3\.6:8000\r\n/);
  pool.send(new HttpExchange(request, head, { onHead: () => true, onData: () => true, onEnd: () => {}, onFailure: () => {} }));
  assert.deepEqual(
    asked.map(({ protocol, hostname, host, port }) => ({ protocol, hostname, host, port })),
    [{ protocol: "http:", hostname: "qwen3.6", host: "qwen3.6:8000", port: "8000" }],
  );
});
