import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "../../../src/core/deployment.ts";
import type { CallRecord } from "../../../src/core/observer.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { fakeAdapter } from "../../support/fake-adapter.ts";

/** A deployment that takes some parameters otherwise than they are given. */
function adjusting(id: string, adjusted: readonly string[]): Deployment {
  const plain = fakeAdapter(id);
  const request = { method: "POST", origin: `http://${id}`, path: "/", headers: {}, body: [], adjusted } as const;
  return { ...deployment(id), adapter: { ...plain, encode: () => request } };
}

test("what went out otherwise than asked for is told to the caller and the observers", async () => {
  const records: CallRecord[] = [];
  const fixture = new CoreFixture(tableSource([adjusting("a", ["seed"])]), 1, [{ callEnded: (record) => void records.push(record) }]);
  fixture.upstream.script("a", { kind: "reply" });
  assert.deepEqual((await fixture.run()).route?.adjusted, ["seed"]);
  assert.deepEqual(
    records.map(({ adjusted }) => adjusted),
    [["seed"]],
  );
});

test("of several attempts the one that answers counts", async () => {
  const fixture = new CoreFixture(tableSource([adjusting("a", ["seed"]), deployment("b")]));
  fixture.upstream.script("a", { kind: "reply", status: 500 }).script("b", { kind: "reply" });
  const sink = await fixture.run();
  assert.deepEqual([sink.route?.deploymentId, sink.route?.adjusted], ["b", undefined]);
});

test("a stream's headers tell it, and of thousands of names only some, in part", async () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `${index}${"x".repeat(100)}`);
  const fixture = new CoreFixture(tableSource([adjusting("a", names)]));
  fixture.upstream.script("a", { kind: "stream", firstMs: 1, chunks: ["content a\n", "finish\n", "done\n"] });
  const { route } = await fixture.run({ stream: true });
  assert.deepEqual([route?.adjusted?.length, route?.adjusted?.[1]?.length], [50, 64]);
});
