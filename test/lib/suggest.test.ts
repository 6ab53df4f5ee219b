import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean } from "../../src/lib/suggest.ts";

const known = ["simple-shuffle", "least-busy", "latency-based-routing", "rpm", "tpm"];

const cases: readonly [string, string | undefined][] = [
  ["simple", "simple-shuffle"],
  ["leastbusy", "least-busy"],
  ["LEAST-BUSY", "least-busy"],
  ["latency-based", "latency-based-routing"],
  ["rpn", "rpm"],
  ["something-else", undefined],
  ["", undefined],
];

for (const [name, meant] of cases) {
  test(`for "${name}" ${meant === undefined ? "nothing" : meant} is suggested`, () => {
    const said = didYouMean(name, known);
    if (meant === undefined) assert.equal(said.trim(), "");
    else assert.ok(said.includes(meant), said);
  });
}
