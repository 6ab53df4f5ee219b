import assert from "node:assert/strict";
import { test } from "node:test";
import { groupWeights } from "../../../src/core/table/weights.ts";
import { deployment } from "../../support/core-fixture.ts";

const cases: readonly {
  name: string;
  given: readonly { order?: number; weight?: number; rpm?: number; tpm?: number }[];
  strict?: boolean;
  weights: number[];
  backups?: boolean[];
}[] = [
  { name: "nothing set is even", given: [{}, {}], weights: [1, 1] },
  {
    name: "any weight decides, whichever deployment has it",
    given: [{ rpm: 900 }, { weight: 2 }],
    weights: [0, 2],
    backups: [true, false],
  },
  { name: "without weights, rpm decides", given: [{ rpm: 6, tpm: 1 }, { rpm: 6 }, { rpm: 1440 }], weights: [6, 6, 1440] },
  { name: "without weight and rpm, tpm decides", given: [{ tpm: 100 }, { tpm: 300 }], weights: [100, 300] },
  {
    name: "a deployment without a limit gets the mean of those that have one",
    given: [{ rpm: 10 }, {}, { rpm: 30 }],
    weights: [10, 20, 30],
  },
  {
    name: "a deployment without a limit gets nothing where weights alone decide, as in LiteLLM",
    given: [{ rpm: 10 }, {}],
    strict: true,
    weights: [10, 0],
    backups: [false, true],
  },
  {
    name: "a deployment of another order is none's sibling in that",
    given: [{ rpm: 10, order: 1 }, { order: 2 }],
    strict: true,
    weights: [10, 10],
  },
  { name: "the same by tpm", given: [{}, { tpm: 10 }], strict: true, weights: [0, 10], backups: [true, false] },
  { name: "limits of 0 alone weigh nothing", given: [{ rpm: 0 }, {}], strict: true, weights: [1, 1] },
  { name: "weight 0 is a backup", given: [{ weight: 0 }, { weight: 1 }], weights: [0, 1], backups: [true, false] },
  { name: "all weights 0 is even, not dead", given: [{ weight: 0 }, { weight: 0 }], weights: [0, 0], backups: [false, false] },
];

for (const { name, given, strict = false, weights, backups } of cases) {
  test(`weights: ${name}`, () => {
    const found = groupWeights(
      given.map((one, index) => deployment(`d${index}`, one)),
      new Map(),
      strict,
    );
    assert.deepEqual(
      found.map((one) => one.weight),
      weights,
    );
    assert.deepEqual(
      found.map((one) => one.backup),
      backups ?? given.map(() => false),
    );
  });
}

test("weights set at run time win, beside siblings weighted by rpm too", () => {
  const given = [deployment("a", { rpm: 10 }), deployment("b", { rpm: 30 })];
  assert.deepEqual(groupWeights(given, new Map([["a", 0]]), true), [
    { weight: 0, backup: true },
    { weight: 30, backup: false },
  ]);
});
