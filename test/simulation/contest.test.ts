import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultChoice } from "../../src/simulation/contest.ts";
import { strategies } from "../../src/strategies/index.ts";

describe("a strategy that is simulated by its name", () => {
  for (const { name, limitsAreShares, readsProgress, readsPrefixes } of strategies) {
    it(`has all that ${name} declares of itself`, () => {
      const choice = defaultChoice(name);
      assert.deepEqual(
        [choice.name, choice.limitsAreShares, choice.readsProgress, choice.readsPrefixes],
        [name, limitsAreShares, readsProgress, readsPrefixes],
      );
    });
  }

  it("is said to be none where there is none", () => {
    assert.throws(() => defaultChoice("no-such"), /no-such/);
  });
});
