import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeploymentView, PickContext, Strategy } from "../../../src/core/strategy.ts";
import { Ledger } from "../../../src/core/state/ledger.ts";
import { accessRouterShare, createRouterShare } from "../../../src/core/router/router-share.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

/** Two deployments whose numbers can be looked at, under a strategy that takes the first and reads the progress, or does not. */
class Followed {
  readonly views = new Map<string, DeploymentView>();
  readonly contexts: PickContext[] = [];
  readonly fixture: CoreFixture;

  constructor(readsProgress = true) {
    const create = (): Strategy => ({
      pick: (candidates, context) => {
        this.contexts.push(context);
        for (const one of candidates) this.views.set(one.id, one);
        return candidates.at(0);
      },
    });
    const source = tableSource([deployment("a"), deployment("b")], {
      strategy: { name: "looking", key: "looking", readsProgress, create },
    });
    this.fixture = new CoreFixture(source);
  }

  /** Prompt tokens that wait and output tokens that are expected. */
  workOf(id: string): readonly [number, number] {
    const view = this.views.get(id);
    return [view?.waitingPromptTokens ?? -1, view?.expectedRestTokens ?? -1];
  }
}

const body = { bytes: Buffer.from("x".repeat(400)), members: [] };
const pieces = (count: number): string => "content a\n".repeat(count);
const done = "finish\ndone\n";

test("a call waits with its whole prompt until its content comes, and what was streamed is expected no more", async () => {
  const followed = new Followed();
  const { fixture } = followed;
  fixture.upstream.script("a", { kind: "stream", firstMs: 100, gapMs: 100, chunks: [pieces(1), pieces(99), pieces(50), done] });
  fixture.start({ stream: true, body });
  await Promise.resolve();
  assert.deepEqual(followed.workOf("a"), [100, 211]);
  assert.deepEqual(followed.workOf("b"), [0, 0]);
  fixture.clock.advance(150);
  assert.deepEqual(followed.workOf("a"), [0, 211]);
  fixture.clock.advance(100);
  // Without any that have ended, half of what has come is taken for the tail's part.
  assert.deepEqual(followed.workOf("a"), [0, 211 + 50]);
  await fixture.settle();
  assert.deepEqual(followed.workOf("a"), [0, 0]);
});

test("the lengths of answers that ended are what the next ones are expected to have", async () => {
  const followed = new Followed();
  const { fixture } = followed;
  fixture.upstream.otherwise({ kind: "stream", chunks: [pieces(40), done] });
  for (let call = 0; call < 100; call++) await fixture.run({ stream: true, body });
  const expected = followed.contexts.at(-1)?.outputTokens ?? 0;
  assert.ok(expected > 35 && expected < 60, String(expected));
});

test("nothing is left of calls that fail, are cut, are hung up on, or are answered whole", async () => {
  const followed = new Followed();
  const { fixture } = followed;
  for (const behaviour of [
    { kind: "reply" },
    { kind: "reply", status: 500 },
    { kind: "refuse" },
    { kind: "stream", chunks: [pieces(100)], end: "break" },
    { kind: "hang" },
  ] as const) {
    for (const stream of [true, false]) {
      fixture.upstream.otherwise(behaviour);
      const { handle } = fixture.start({ stream, body, numRetries: 1 });
      await Promise.resolve();
      fixture.clock.advance(50);
      handle.cancel();
      await fixture.settle();
      for (const id of ["a", "b"]) assert.deepEqual(followed.workOf(id), [0, 0], `${behaviour.kind} ${stream}`);
    }
  }
});

test("of several answers at once, each is expected", async () => {
  const followed = new Followed();
  followed.fixture.upstream.otherwise({ kind: "hang" });
  followed.fixture.start({ stream: true, body, answers: 3 });
  await Promise.resolve();
  assert.deepEqual(followed.workOf("a"), [100, 633]);
});

test("where no strategy looks, nothing is counted", async () => {
  const followed = new Followed(false);
  followed.fixture.upstream.otherwise({ kind: "hang" });
  followed.fixture.start({ stream: true, body });
  await Promise.resolve();
  assert.deepEqual(followed.workOf("a"), [0, 0]);
});

test("what a thread had before it is gone with the thread, and that of others is not", () => {
  const share = createRouterShare(2);
  const ours = new Ledger(accessRouterShare(share, 0).deployments);
  const theirs = new Ledger(accessRouterShare(share, 1).deployments);
  const row = ours.rowFor("a");
  ours.addWork(row, 10, 20);
  theirs.addWork(theirs.rowFor("a"), 300, 400);
  assert.deepEqual([ours.waitingPromptTokens(row), ours.expectedRestTokens(row)], [310, 420]);
  ours.forget(1);
  assert.deepEqual([ours.waitingPromptTokens(row), ours.expectedRestTokens(row)], [10, 20]);
});
