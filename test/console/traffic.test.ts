import { create } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyFleet, withUpdate, type Fleet, type Group } from "../../console/src/fleet.ts";
import { TrafficWindow } from "../../console/src/traffic.ts";
import { DeploymentSchema } from "../../gen/huntgroup/v1/admin_pb.ts";

/** Counts of ended calls by deployment, all of one group. */
function fleet(counts: Readonly<Record<string, number>>, inFlight = 0): Fleet {
  const deployments = Object.entries(counts).map(([id, successes]) => create(DeploymentSchema, { id, group: "g", successes, inFlight }));
  return withUpdate(emptyFleet, { snapshot: true, deployments, removedIds: [] });
}

function groupOf({ groups }: Fleet): Group {
  const [group] = groups;
  assert.ok(group);
  return group;
}

test("tells where the calls of the last ten seconds went", () => {
  const window = new TrafficWindow();
  for (let second = 0; second <= 30; second++) window.sample(fleet({ a: second * 3, b: second }), second * 1_000);
  const { calls, total, ms } = window.recent(groupOf(fleet({ a: 90, b: 30 })), 30_000);
  assert.deepEqual(Object.fromEntries(calls), { a: 30, b: 10 });
  assert.equal(total, 40);
  assert.equal(ms, 10_000);
});

test("tells what there is before ten seconds have passed", () => {
  const window = new TrafficWindow();
  window.sample(fleet({ a: 100, b: 5 }), 0);
  assert.deepEqual(Object.fromEntries(window.recent(groupOf(fleet({ a: 101, b: 7 })), 1_000).calls), { a: 1, b: 2 });
});

test("counts a call from its beginning", () => {
  const window = new TrafficWindow();
  window.sample(fleet({ a: 1 }), 0);
  assert.equal(window.recent(groupOf(fleet({ a: 1 }, 2)), 500).total, 2);
});

test("knows nothing before the first look, and of one that has just come", () => {
  const window = new TrafficWindow();
  assert.equal(window.recent(groupOf(fleet({ a: 5 })), 0).total, 0);
  window.sample(fleet({ a: 5 }), 0);
  assert.deepEqual(Object.fromEntries(window.recent(groupOf(fleet({ a: 6, b: 50 })), 500).calls), { a: 1, b: 0 });
});

test("begins anew for a group whose weights were set, until that is as old as the window", () => {
  const window = new TrafficWindow();
  for (let second = 0; second <= 9; second++) window.sample(fleet({ a: second * 10, b: 0 }), second * 1_000);
  window.restart(groupOf(fleet({ a: 95, b: 0 })), 9_500);
  assert.deepEqual(Object.fromEntries(window.recent(groupOf(fleet({ a: 95, b: 4 })), 10_000).calls), { a: 0, b: 4 });
  for (let second = 10; second <= 40; second++) window.sample(fleet({ a: 95, b: second }), second * 1_000);
  assert.deepEqual(Object.fromEntries(window.recent(groupOf(fleet({ a: 95, b: 40 })), 40_000).calls), { a: 0, b: 10 });
});

test("forgets another server's counts", () => {
  const window = new TrafficWindow();
  window.sample(fleet({ a: 5 }), 0);
  window.clear();
  assert.equal(window.recent(groupOf(fleet({ a: 500 })), 1_000).total, 0);
});

test("takes no count below zero", () => {
  const window = new TrafficWindow();
  window.sample(fleet({ a: 5 }), 0);
  assert.equal(window.recent(groupOf(fleet({ a: 4 })), 1_000).total, 0);
});
