import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RollingLimit } from "../../src/mock/rolling-limit.ts";

describe("RollingLimit", () => {
  it("never lets more through than the limit within any minute, and says exactly when the next fits", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.tuple(fc.nat(30_000), fc.integer({ min: 1, max: 5 })), { maxLength: 60 }),
        (limit, steps) => {
          const window = new RollingLimit(limit);
          const uses: { at: number; amount: number }[] = [];
          const used = (now: number): number => uses.reduce((sum, use) => sum + (use.at + 60_000 > now ? use.amount : 0), 0);
          let now = 0;
          for (const [pause, amount] of steps) {
            now += pause;
            const wait = window.waitMs(now, amount);
            assert.equal(wait === 0, used(now) + amount <= limit);
            if (wait === 0) {
              window.use(now, amount);
              uses.push({ at: now, amount });
            } else if (amount <= limit) {
              assert.ok(used(now + wait) + amount <= limit);
              assert.ok(used(now + wait - 1) + amount > limit);
            }
          }
        },
      ),
    );
  });

  it("does not limit where no limit is set", () => {
    const window = new RollingLimit(undefined);
    window.use(0, 1e9);
    assert.equal(window.waitMs(0, 1e9), 0);
  });
});
