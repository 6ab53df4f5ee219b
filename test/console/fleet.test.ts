import { create } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyFleet, matchesFilter, withUpdate, type FleetUpdate } from "../../console/src/fleet.ts";
import { DeploymentSchema, type Deployment } from "../../gen/huntgroup/v1/admin_pb.ts";

function deployment(
  id: string,
  group: string,
  over: { strategy?: string; inFlight?: number; provider?: string; address?: string } = {},
): Deployment {
  return create(DeploymentSchema, { id, group, provider: "openai", address: `openai/${id}`, ...over });
}

const snapshot: FleetUpdate = {
  snapshot: true,
  deployments: [deployment("a", "one", { strategy: "p2c" }), deployment("b", "two"), deployment("c", "one")],
  removedIds: [],
};

test("a snapshot says all there is, by groups in the configuration's order", () => {
  const old = withUpdate(emptyFleet, { snapshot: true, deployments: [deployment("gone", "one")], removedIds: [] });
  const { groups } = withUpdate(old, snapshot);
  assert.deepEqual(
    groups.map(({ name, strategy, deployments }) => [name, strategy, deployments.map((one) => one.id)]),
    [
      ["one", "p2c", ["a", "c"]],
      ["two", "", ["b"]],
    ],
  );
});

test("a change replaces what it names in its place, and leaves untouched groups the same objects", () => {
  const before = withUpdate(emptyFleet, snapshot);
  const after = withUpdate(before, { snapshot: false, deployments: [deployment("a", "one", { inFlight: 7 })], removedIds: [] });
  assert.deepEqual(
    after.groups[0]?.deployments.map((one) => [one.id, one.inFlight]),
    [
      ["a", 7],
      ["c", undefined],
    ],
  );
  assert.equal(after.groups[1], before.groups[1]);
  assert.notEqual(after.groups[0], before.groups[0]);
});

test("what is removed is gone, and a group with its last one", () => {
  const after = withUpdate(withUpdate(emptyFleet, snapshot), { snapshot: false, deployments: [], removedIds: ["b", "unknown"] });
  assert.deepEqual(
    after.groups.map((group) => group.name),
    ["one"],
  );
});

test("the filter wants each word somewhere", () => {
  const one = deployment("gpt-4o-east", "gpt-4o", { provider: "azure", address: "azure/east-us" });
  for (const [filter, matches] of [
    ["", true],
    ["EAST", true],
    ["azure cooling", true],
    ["azure west", false],
    ["cooling down", true],
    ["  gpt  ", true],
  ] as const) {
    assert.equal(matchesFilter(one, "cooling down", filter), matches, filter);
  }
});
