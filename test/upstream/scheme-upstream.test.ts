import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Upstream } from "../../src/core/upstream.ts";
import { SchemeUpstream } from "../../src/upstream/scheme-upstream.ts";
import { Recorder } from "./support.ts";

const request = { method: "POST", path: "/", headers: {}, body: [] } as const;

describe("SchemeUpstream", () => {
  it("hands each request to the transport for its scheme", () => {
    const used: string[] = [];
    const transport = (name: string): Upstream => ({
      send() {
        used.push(name);
        return { abort() {}, resume() {} };
      },
    });
    const upstream = new SchemeUpstream({ https: transport("https"), mock: transport("mock") });
    Recorder.send(upstream, { ...request, origin: "mock://local" });
    Recorder.send(upstream, { ...request, origin: "https://example.com" });
    assert.deepEqual(used, ["mock", "https"]);
  });

  it("fails a request for an unknown scheme, later, unless it was aborted", async () => {
    const upstream = new SchemeUpstream({});
    const failed = Recorder.send(upstream, { ...request, origin: "ftp://example.com" });
    const aborted = Recorder.send(upstream, { ...request, origin: "ftp://example.com" });
    aborted.exchange?.abort();
    await failed.settled();
    assert.deepEqual(failed.failure, { kind: "connect", reason: "UNKNOWN_SCHEME" });
    assert.equal(aborted.failure, undefined);
  });
});
