import { create } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sharesByWeight } from "../../console/src/shares.ts";
import { parseWeight, weightScale } from "../../console/src/weight-scale.ts";
import { DeploymentSchema, Eligibility, type Deployment } from "../../gen/huntgroup/v1/admin_pb.ts";

function deployment(id: string, weight: number, eligibility: Eligibility = Eligibility.ELIGIBLE): Deployment {
  return create(DeploymentSchema, { id, group: "g", weight, eligibility });
}

const shareCases: readonly (readonly [what: string, deployments: readonly Deployment[], shares: Readonly<Record<string, number>>])[] = [
  ["go by weight", [deployment("a", 3), deployment("b", 1)], { a: 0.75, b: 0.25 }],
  ["leave out what is not eligible", [deployment("a", 3), deployment("b", 1, Eligibility.COOLING_DOWN)], { a: 1, b: 0 }],
  ["count one that is warming up", [deployment("a", 1), deployment("b", 1, Eligibility.WARMING_UP)], { a: 0.5, b: 0.5 }],
  ["give a backup nothing", [deployment("a", 1), deployment("b", 0, Eligibility.BACKUP)], { a: 1, b: 0 }],
  ["leave out an order that is not reached", [deployment("a", 1), deployment("b", 9, Eligibility.LOWER_ORDER_PREFERRED)], { a: 1, b: 0 }],
  [
    "go by all weights where nothing is eligible",
    [deployment("a", 1, Eligibility.BLOCKED), deployment("b", 3, Eligibility.RPM_LIMIT)],
    { a: 0.25, b: 0.75 },
  ],
  ["are nothing where no weight is", [deployment("a", 0, Eligibility.BACKUP), deployment("b", 0, Eligibility.BACKUP)], { a: 0, b: 0 }],
];
for (const [what, deployments, shares] of shareCases) {
  test(`shares ${what}`, () => assert.deepEqual(Object.fromEntries(sharesByWeight(deployments)), shares));
}

test("a weight that is about to be applied is counted at once, also a backup's", () => {
  const deployments = [deployment("a", 1), deployment("b", 0, Eligibility.BACKUP)];
  assert.deepEqual(Object.fromEntries(sharesByWeight(deployments, (id) => (id === "b" ? 3 : undefined))), { a: 0.25, b: 0.75 });
});

test("shares sum to one unless every weight is zero", () => {
  const some = fc.array(fc.record({ weight: fc.double({ min: 0, max: 1e6, noNaN: true }), eligibility: fc.integer({ min: 1, max: 19 }) }));
  fc.assert(
    fc.property(some, (list) => {
      const deployments = list.map(({ weight, eligibility }, index) => deployment(`d${index}`, weight, eligibility as Eligibility));
      const sum = [...sharesByWeight(deployments).values()].reduce((total, one) => total + one, 0);
      const weights = list.reduce((total, one) => total + one.weight, 0);
      assert.ok(weights === 0 ? sum === 0 : Math.abs(sum - 1) < 1e-9, `${sum}`);
    }),
  );
});

test("a slider reaches beyond the largest weight, to a round number", () => {
  for (const [weights, max] of [
    [[1, 1], 2],
    [[50, 50], 100],
    [[90, 10], 200],
    [[0.3], 1],
    [[0, 0], 1],
    [[], 1],
    [[600], 2_000],
  ] as const) {
    assert.equal(weightScale(weights).max, max);
  }
});

test("a slider's range does not shrink while it is in use", () => {
  assert.equal(weightScale([1], 200).max, 200);
});

test("reads a weight as people type it, and nothing else", () => {
  for (const [text, weight] of [
    ["25", 25],
    [" 0.5 ", 0.5],
    ["0,5", 0.5],
    ["1e2", 100],
    ["0", 0],
    ["", undefined],
    ["-1", undefined],
    ["ten", undefined],
    ["Infinity", undefined],
  ] as const) {
    assert.equal(parseWeight(text), weight, text);
  }
});
