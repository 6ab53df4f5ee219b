import assert from "node:assert/strict";
import { test } from "node:test";
import { toldUsd, usdText } from "../../../src/core/keys/told-usd.ts";

test("an amount is told without the noise of its sums, and otherwise as it is", () => {
  for (const [amount, text] of [
    [0, "0"],
    [0.1 + 0.2, "0.3"],
    [0.1 + 0.7, "0.8"],
    [1e-9, "1e-9"],
    [2e-8 * 3, "6e-8"],
    [12_345.678_901_234, "12345.6789012"],
    [-0.1 - 0.2, "-0.3"],
  ] as const) {
    assert.equal(usdText(amount), text);
    assert.equal(toldUsd(amount), Number(text));
  }
});
