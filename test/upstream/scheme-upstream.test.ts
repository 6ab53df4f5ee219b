import assert from "node:assert/strict";
import { test } from "node:test";
import type { Upstream, UpstreamListener, UpstreamRequest } from "../../src/core/upstream.ts";
import { SchemeUpstream } from "../../src/upstream/scheme-upstream.ts";

const listener: UpstreamListener = { onHead: () => {}, onData: () => true, onEnd: () => {}, onFailure: () => {} };

function recording(name: string, log: string[]): Upstream {
  return {
    send(request) {
      log.push(`${name} ${request.origin}`);
      return { abort: () => {}, resume: () => {} };
    },
  };
}

function requestTo(origin: string): UpstreamRequest {
  return { method: "POST", origin, path: "/", headers: {}, body: [] };
}

test("the scheme of the origin chooses the transport", () => {
  const log: string[] = [];
  const upstream = new SchemeUpstream({ https: recording("sockets", log), mock: recording("mock", log) });
  upstream.send(requestTo("https://api.example.com"), listener);
  upstream.send(requestTo("mock://local"), listener);
  assert.deepEqual(log, ["sockets https://api.example.com", "mock mock://local"]);
});

test("an unknown scheme is named, with those that there are", () => {
  const upstream = new SchemeUpstream({ https: recording("sockets", []) });
  assert.throws(() => upstream.send(requestTo("ftp://x"), listener), /no transport for ftp:\/\/ origins; there are https/);
});
