import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CallRecord } from "../../../src/core/observer.ts";
import type { ReplySink } from "../../../src/core/reply-sink.ts";
import { callOf, CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

/** What a door that breaks was told, and how its call ended. */
async function broken(breaking: readonly (keyof ReplySink)[], stream: boolean): Promise<{ told: string[]; ended: CallRecord[] }> {
  const told: string[] = [];
  const ended: CallRecord[] = [];
  const observer = { callEnded: (record: CallRecord) => void ended.push(record) };
  const fixture = new CoreFixture(tableSource([deployment("a")]), 1, [observer]);
  if (stream) fixture.upstream.script("a", { kind: "stream", chunks: ["content a\n", "content b\n", "finish\n", "done\n"] });
  const hear = (what: keyof ReplySink): boolean => {
    told.push(what);
    if (breaking.includes(what)) throw new Error(`${what} is broken`);
    return true;
  };
  fixture.router.start(callOf({ stream }), {
    onReply: () => void hear("onReply"),
    onStreamStart: () => void hear("onStreamStart"),
    onStreamEvent: () => hear("onStreamEvent"),
    onStreamEnd: () => void hear("onStreamEnd"),
    onFailure: () => void hear("onFailure"),
  });
  await fixture.settle();
  assert.equal(fixture.router.inFlight, 0, "attempts in flight at rest");
  assert.equal(fixture.clock.pending, 0, "timers at rest");
  assert.ok(fixture.internalErrors.length > 0, "the fault is reported");
  return { told, ended };
}

describe("a sink that throws has its call end once, told as a fault of this program", () => {
  const cases: readonly (readonly [breaking: readonly (keyof ReplySink)[], stream: boolean, told: readonly (keyof ReplySink)[]])[] = [
    [["onReply"], false, ["onReply", "onFailure"]],
    [["onReply", "onFailure"], false, ["onReply", "onFailure"]],
    [["onStreamStart"], true, ["onStreamStart", "onFailure"]],
    [["onStreamEvent"], true, ["onStreamStart", "onStreamEvent", "onFailure"]],
    [["onStreamEvent", "onFailure"], true, ["onStreamStart", "onStreamEvent", "onFailure"]],
    [
      ["onStreamEnd"],
      true,
      ["onStreamStart", "onStreamEvent", "onStreamEvent", "onStreamEvent", "onStreamEvent", "onStreamEnd", "onFailure"],
    ],
  ];
  for (const [breaking, stream, expected] of cases) {
    test(`in ${breaking.join(" and ")}`, async () => {
      const { told, ended } = await broken(breaking, stream);
      assert.deepEqual(told, expected);
      assert.deepEqual(
        ended.map(({ error }) => error?.code),
        ["internal"],
      );
    });
  }
});

test("a sink that cannot say why a call failed has the call end with its own reason", async () => {
  const ended: CallRecord[] = [];
  const fixture = new CoreFixture(tableSource([deployment("a")]), 1, [{ callEnded: (record) => void ended.push(record) }]);
  const sink = fixture.start({ model: "nope" }).sink;
  sink.onFailure = () => {
    throw new Error("broken");
  };
  await fixture.settle();
  assert.deepEqual(
    ended.map(({ error }) => error?.code),
    ["model_not_found"],
  );
  assert.equal(fixture.internalErrors.length, 1);
});
