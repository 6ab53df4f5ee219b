import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessRouterShare, createRouterShare } from "../../src/core/router/router-share.ts";
import { Ledger } from "../../src/core/state/ledger.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";
import { LateLoads } from "../../src/simulation/late-loads.ts";

describe("routers that see each other late", () => {
  it("add what the others had in flight a while ago, and nothing twice", () => {
    const clock = new VirtualClock();
    const shares = [createRouterShare(1), createRouterShare(1), createRouterShare(1)];
    const ledgers = shares.map((share) => new Ledger(accessRouterShare(share, 0).deployments));
    const rows = ledgers.map((ledger) => ledger.rowFor("a"));
    const [first, second, third] = ledgers;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    new LateLoads(shares).begin(clock, 100);
    const seen = (): readonly number[] => ledgers.map((ledger, node) => ledger.inFlight(rows[node] ?? 0));
    const run = (ms: number): void => {
      const end = clock.now() + ms;
      while (clock.step(end));
    };

    const one = first.begin(rows[0] ?? 0, 0, 100, 50);
    second.begin(rows[1] ?? 0, 0, 100, 50);
    assert.deepEqual(seen(), [1, 1, 0]);
    run(99);
    assert.deepEqual(seen(), [1, 1, 0], "what they have now is on its way");
    run(50);
    assert.deepEqual(seen(), [2, 2, 2]);
    run(1_000);
    assert.deepEqual(seen(), [2, 2, 2]);
    first.end(rows[0] ?? 0, clock.now(), one, { kind: "cancelled", totalMs: 1 }, 10);
    assert.deepEqual(seen(), [1, 2, 2]);
    run(130);
    assert.deepEqual(seen(), [1, 1, 1]);
  });
});
