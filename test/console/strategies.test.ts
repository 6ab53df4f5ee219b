import { create } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds } from "../../console/src/format.ts";
import { directionOf, reachOf, strategyRows, writtenChange } from "../../console/src/strategies.ts";
import { ChangeEstimateSchema, GroupStrategiesSchema } from "../../gen/huntgroup/v1/admin_pb.ts";

const estimate = (mean: number, standardError: number) => create(ChangeEstimateSchema, { count: 100, mean, standardError, real: 300 });

for (const [mean, error, direction, written] of [
  [-41.2, 3.1, "gain", "−41.2 ms ± 6.2 ms"],
  [120, 6, "loss", "+120 ms ± 12 ms"],
  [-3, 2, "unclear", "−3 ms ± 4 ms"],
  [0, 0, "unclear", "0 ms ± 0 ms"],
] as const) {
  test(`${mean} with an error of ${error} is ${direction}, written ${written}`, () => {
    assert.equal(directionOf(estimate(mean, error)), direction);
    assert.equal(writtenChange(estimate(mean, error), milliseconds), written);
  });
}

test("each shadow has a row, and a group without any has one", () => {
  const groups = [
    create(GroupStrategiesSchema, { group: "a", shadows: [{ strategy: "p2c" }, { strategy: "least-busy" }] }),
    create(GroupStrategiesSchema, { group: "b" }),
  ];
  assert.deepEqual(
    strategyRows(groups).map(({ group, shadow }) => [group.group, shadow?.strategy]),
    [
      ["a", "p2c"],
      ["a", "least-busy"],
      ["b", undefined],
    ],
  );
});

test("all are drawn by what reaches furthest", () => {
  assert.equal(reachOf([estimate(-10, 2), undefined, estimate(5, 1)]), 14);
  assert.equal(reachOf([]), 0);
});
