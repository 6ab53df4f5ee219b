import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Ledger } from "../../src/core/state/ledger.ts";
import { accessRouterShare, createRouterShare, type RouterShare } from "../../src/core/router/router-share.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { HammerJob } from "./support/hammer.ts";

const hammer = new URL("./support/hammer.ts", import.meta.url);

/** Has so many threads do the same at the same time. */
async function hammerOn<Outcome>(share: RouterShare, threads: number, work: (thread: number) => HammerJob["work"]): Promise<Outcome[]> {
  const gate = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  return Promise.all(
    Array.from({ length: threads }, async (_, thread) => {
      const job: HammerJob = { share, thread, gate, threads, work: work(thread) };
      const [outcome] = (await once(new Worker(hammer, { workerData: job }), "message")) as [Outcome];
      return outcome;
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

for (const threads of [1, 2, 4]) {
  test(`${threads} threads that try at once get through exactly as many calls as a key's rpm allows`, async () => {
    const rpm = 1_000;
    const admitted = await hammerOn<number>(createRouterShare(threads), threads, () => ({
      kind: "admit",
      calls: rpm,
      rpm,
      budgetUsd: undefined,
    }));
    assert.equal(sum(admitted), rpm);
  });

  test(`${threads} threads that try at once set aside exactly a key's budget`, async () => {
    const admitted = await hammerOn<number>(createRouterShare(threads), threads, () => ({
      kind: "admit",
      calls: 500,
      rpm: undefined,
      budgetUsd: 321,
    }));
    assert.equal(sum(admitted), 321);
  });

  test(`${threads} threads never have more in flight together than they may, and in the end nothing`, async () => {
    const share = createRouterShare(threads);
    const outcomes = await hammerOn<{ begun: number; highest: number }>(share, threads, () => ({
      kind: "parallel",
      calls: 20_000,
      most: 1,
    }));
    const ledger = new Ledger(accessRouterShare(share, 0).deployments);
    const row = ledger.rowFor("a");
    assert.equal(Math.max(...outcomes.map(({ highest }) => highest)), 1);
    assert.deepEqual([ledger.inFlight(row), ledger.outstandingTokens(row)], [0, 0]);
    // Not one reservation was lost between the threads.
    assert.equal(ledger.cancellations(row), sum(outcomes.map(({ begun }) => begun)));
  });

  test(`${threads} threads that meet the same names give them the same rows, and grow the ledger together`, async () => {
    const share = createRouterShare(threads);
    const names = Array.from({ length: 2_000 }, (_, index) => `deployment-${index}-ä`);
    const maps = await hammerOn<Map<string, number>>(share, threads, (thread) => ({
      kind: "rows",
      names: [...names.slice(thread * 97), ...names.slice(0, thread * 97)],
    }));
    for (const map of maps) assert.deepEqual(map.size, names.length);
    const ledger = new Ledger(accessRouterShare(share, 0).deployments);
    assert.equal(ledger.rows, names.length);
    for (const name of names) {
      const row = ledger.rowFor(name);
      for (const map of maps) assert.equal(map.get(name), row);
      assert.equal(ledger.cancellations(row), threads);
    }
  });
}

test("a thread that dies with the lock in its hand holds no other up for long, and nothing of it stays in flight", async () => {
  const share = createRouterShare(2);
  const gate = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const job: HammerJob = { share, thread: 1, gate, threads: 1, work: { kind: "die" } };
  const [code] = (await once(new Worker(hammer, { workerData: job }), "exit")) as [number];
  assert.equal(code, 9);
  const ledger = new Ledger(accessRouterShare(share, 0).deployments);
  ledger.forget(1);
  const row = ledger.rowFor("a");
  assert.deepEqual([ledger.inFlight(row), ledger.outstandingTokens(row)], [0, 0]);
  // What it sent may have been used.
  assert.equal(ledger.usedRequests(row, systemClock.now()), 5);
});
