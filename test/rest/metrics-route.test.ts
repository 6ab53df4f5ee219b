import assert from "node:assert/strict";
import { test } from "node:test";
import type { Refusal } from "../../src/inbound/inbound-observer.ts";
import { ask, type HttpVersion } from "../support/http-client.ts";
import { listeningRest } from "../support/rest-fixture.ts";
import { ScriptedRouter } from "../support/scripted-router.ts";

const router = new ScriptedRouter({ kind: "hang" });
const page = async (): Promise<{ contentType: string; body: string }> => ({ contentType: "text/plain; version=0.0.4", body: "up 1\n" });
const bearer = { authorization: "Bearer master" };

const cases: readonly {
  readonly name: string;
  readonly masterKey?: string;
  readonly isOpen: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
}[] = [
  { name: "where no key is asked for", isOpen: false, status: 200 },
  { name: "with the key, where one is asked for", masterKey: "master", isOpen: false, headers: bearer, status: 200 },
  { name: "not without it", masterKey: "master", isOpen: false, status: 401 },
  { name: "without it where they are open", masterKey: "master", isOpen: true, status: 200 },
];

for (const version of ["http1", "http2"] satisfies HttpVersion[]) {
  for (const { name, masterKey, isOpen, headers = {}, status } of cases) {
    test(`${version}: the metrics are there ${name}`, async () => {
      await using rest = await listeningRest(router, { ...(masterKey === undefined ? {} : { masterKey }), metrics: { isOpen, page } });
      const answer = await ask(rest.port, version, { path: "/metrics", headers });
      assert.equal(answer.status, status);
      if (status !== 200) return;
      assert.equal(answer.text, "up 1\n");
      assert.equal(answer.headers["content-type"], "text/plain; version=0.0.4");
    });
  }

  test(`${version}: what is turned away is told, with its code and address and nothing else of the request`, async () => {
    const refusals: Refusal[] = [];
    const observer = { refused: (refusal: Refusal) => void refusals.push(refusal) };
    await using rest = await listeningRest(router, { masterKey: "master", maxBodyBytes: 100, observer });
    const json = { ...bearer, "content-type": "application/json" };
    const chat = { method: "POST", path: "/v1/chat/completions" };
    await ask(rest.port, version, { ...chat, headers: { authorization: "Bearer sk-wrong" }, body: "{}" });
    await ask(rest.port, version, { ...chat, headers: json, body: "{" });
    await ask(rest.port, version, { ...chat, headers: json, body: "x".repeat(101) });
    await ask(rest.port, version, { path: "/nowhere?key=sk-wrong" });
    assert.deepEqual(
      refusals.map(({ inboundProtocol, code, callId, address }) => [inboundProtocol, code, callId, address?.replace("::ffff:", "")]),
      ["unauthenticated", "invalid_request", "request_too_large", "unknown_url"].map((code, index) => [
        "rest",
        code,
        `call-${index + 1}`,
        "127.0.0.1",
      ]),
    );
    assert.ok(!JSON.stringify(refusals).includes("sk-wrong"));
  });
}

test("a page that cannot be made is an internal error, told without its text", async () => {
  const failing = { isOpen: true, page: () => Promise.reject(new Error("sk-secret in here")) };
  await using rest = await listeningRest(router, { metrics: failing });
  const answer = await ask(rest.port, "http1", { path: "/metrics" });
  assert.equal(answer.status, 500);
  assert.ok(!answer.text.includes("sk-secret"));
  assert.equal(rest.internalErrors.length, 1);
});

test("where nothing is measured, there is nothing at /metrics", async () => {
  await using rest = await listeningRest(router);
  assert.equal((await ask(rest.port, "http1", { path: "/metrics" })).status, 404);
});
