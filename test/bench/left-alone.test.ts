import assert from "node:assert/strict";
import { test } from "node:test";
import { leftAloneAt } from "../../bench/support/left-alone.ts";

const cases: readonly { readonly name: string; readonly hits: readonly number[]; readonly expected: number | undefined }[] = [
  { name: "never asked", hits: [], expected: undefined },
  { name: "asked until the end", hits: [0, 100, 200, 4_850, 4_950], expected: undefined },
  { name: "a crowd, then nobody", hits: [0, 100, 200], expected: 200 },
  { name: "a crowd, then a probe in each pause", hits: [0, 100, 200, 1_210, 2_215, 4_000], expected: 200 },
  { name: "a probe that comes a little early", hits: [0, 100, 1_010], expected: 100 },
  { name: "a second crowd", hits: [0, 100, 2_000, 2_050], expected: 2_050 },
  { name: "quiet for less than two pauses", hits: [0, 100, 3_100, 3_200], expected: undefined },
];

for (const { name, hits, expected } of cases) {
  test(`a host is left alone from the last request that was no probe: ${name}`, () => {
    assert.equal(leftAloneAt(hits, 1_000, 5_000), expected);
  });
}
