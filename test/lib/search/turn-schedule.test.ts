import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/lib/random.ts";
import { TurnSchedule } from "../../../src/lib/search/turn-schedule.ts";

const slots = 70;

test("a copy gives the turns that its original would give, whatever the weights are", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = seededRandom(seed);
    // Some as good as nothing, and some so close to each other that a sum in another order would change whose turn it is.
    const weights = Array.from({ length: slots }, (_, slot) => (slot % 9 === 0 ? 1e7 - random.next() * 1e-8 : Math.round(random.next())));
    const schedule = new TurnSchedule(weights, []);
    for (let turn = 0; turn < 200; turn++) {
      const copy = schedule.copy();
      // A copy that goes ahead changes nothing for the original.
      const isAccepted = (slot: number): boolean => (slot + turn) % 5 !== 0;
      const [told] = Array.from({ length: 5 }, () => copy.next(isAccepted, slots));
      assert.equal(told, schedule.next(isAccepted, slots), `seed ${seed}, turn ${turn}`);
    }
  }
});
