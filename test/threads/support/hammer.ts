import { parentPort, workerData } from "node:worker_threads";
import { KeyLimits } from "../../../src/core/keys/key-limits.ts";
import { Ledger } from "../../../src/core/state/ledger.ts";
import { accessRouterShare, type RouterShare } from "../../../src/core/router/router-share.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";

/** What a thread is to do to the shared books, and where the outcome goes. */
export interface HammerJob {
  readonly share: RouterShare;
  readonly thread: number;
  /** All begin when as many have arrived. */
  readonly gate: SharedArrayBuffer;
  readonly threads: number;
  readonly work:
    | { readonly kind: "admit"; readonly calls: number; readonly rpm: number | undefined; readonly budgetUsd: number | undefined }
    | { readonly kind: "parallel"; readonly calls: number; readonly most: number }
    | { readonly kind: "rows"; readonly names: readonly string[] }
    | { readonly kind: "die" };
}

const { share, thread, gate, threads, work } = workerData as HammerJob;
const access = accessRouterShare(share, thread);
const gateWord = new Int32Array(gate);
Atomics.add(gateWord, 0, 1);
Atomics.notify(gateWord, 0);
for (let arrived = Atomics.load(gateWord, 0); arrived < threads; arrived = Atomics.load(gateWord, 0)) {
  Atomics.wait(gateWord, 0, arrived);
}
parentPort?.postMessage(run());

function run(): unknown {
  switch (work.kind) {
    case "admit": {
      const keys = new KeyLimits(systemClock, access.keys);
      const budget = work.budgetUsd === undefined ? undefined : { usd: work.budgetUsd, periodMs: undefined };
      const key = callerKeyOf("shared", { rpm: work.rpm, budget });
      let admitted = 0;
      for (let call = 0; call < work.calls; call++) {
        const steps = [{ aboveTokens: 0, inputCostPerToken: 0, outputCostPerToken: 1 }];
        const prices = { steps, maxOutputTokens: 211 };
        const admission = keys.admit(key, { requestBytes: 0, maxOutputTokens: 1, answers: 1 }, prices);
        if (!(admission instanceof Error)) admitted++;
      }
      return admitted;
    }
    case "parallel": {
      const ledger = new Ledger(access.deployments);
      const row = ledger.rowFor("a");
      let begun = 0;
      let highest = 0;
      for (let call = 0; call < work.calls; call++) {
        const now = systemClock.now();
        ledger.lock();
        const reservation = ledger.inFlight(row) < work.most ? ledger.begin(row, now, 3, 4) : undefined;
        highest = Math.max(highest, ledger.inFlight(row));
        ledger.unlock();
        if (reservation === undefined) continue;
        begun++;
        ledger.end(row, now, reservation, { kind: "cancelled", totalMs: 0 }, 0);
      }
      return { begun, highest };
    }
    case "rows": {
      const ledger = new Ledger(access.deployments);
      const rows = work.names.map((name) => {
        const row = ledger.rowFor(name);
        ledger.end(row, 0, ledger.begin(row, 0, 0, 0), { kind: "cancelled", totalMs: 0 }, 0);
        return [name, row];
      });
      return new Map(rows as [string, number][]);
    }
    case "die": {
      const ledger = new Ledger(access.deployments);
      const row = ledger.rowFor("a");
      for (let call = 0; call < 5; call++) ledger.begin(row, systemClock.now(), 3, 4);
      ledger.lock();
      process.exit(9);
    }
  }
}
