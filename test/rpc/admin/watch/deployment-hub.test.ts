import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { OperatedDeployment } from "../../../../src/control/operator.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import { isChanged } from "../../../../src/rpc/admin/watch/deployment-change.ts";
import { DeploymentHub } from "../../../../src/rpc/admin/watch/deployment-hub.ts";
import type { DeploymentUpdate, DeploymentWatch } from "../../../../src/rpc/admin/watch/deployment-watch.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { operatedDeployment, ScriptedOperator } from "../../../support/scripted-operator.ts";

function serve() {
  const operator = new ScriptedOperator();
  operator.statuses = [operatedDeployment("a"), operatedDeployment("b"), operatedDeployment("c", { group: "other" })];
  const clock = new FakeClock();
  return { operator, clock, hub: new DeploymentHub(operator, clock) };
}

/** Reads all that comes, as fast as it comes. */
function collect(watch: DeploymentWatch): { updates: DeploymentUpdate[]; ended: Promise<unknown> } {
  const updates: DeploymentUpdate[] = [];
  const read = async (): Promise<void> => {
    for await (const update of watch) updates.push(update);
  };
  return { updates, ended: read().catch((error: unknown) => error) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const ids = ({ deployments }: DeploymentUpdate) => deployments.map(({ id }) => id);

describe("watchers of the deployments", () => {
  test("get a snapshot, then only what changed", async () => {
    const { operator, clock, hub } = serve();
    const { updates } = collect(hub.watch(undefined));
    await turn();
    assert.deepEqual(updates.map(ids), [["a", "b", "c"]]);
    assert.deepEqual([updates[0]?.snapshot, updates[0]?.removedIds, updates[0]?.etag], [true, [], "state-0"]);
    operator.set("b", { inFlight: 1 });
    clock.advance(100);
    await turn();
    assert.deepEqual(updates.slice(1).map(ids), [["b"]]);
    assert.deepEqual([updates[1]?.snapshot, updates[1]?.deployments[0]?.inFlight], [false, 1]);
  });

  test("are told nothing of a quiet router", async () => {
    const { clock, hub } = serve();
    const { updates } = collect(hub.watch(undefined));
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      await turn();
    }
    assert.equal(updates.length, 1);
  });

  test("get at most ten messages a second, however much changes, and the last state", async () => {
    const { operator, clock, hub } = serve();
    const { updates } = collect(hub.watch(undefined));
    await turn();
    for (let change = 1; change <= 100; change++) {
      operator.set("a", { successes: change });
      clock.advance(10);
      await turn();
    }
    const changes = updates.slice(1);
    assert.ok(changes.length <= 10 && changes.length >= 9, `${changes.length} messages`);
    assert.equal(changes.at(-1)?.deployments[0]?.successes, 100);
  });

  test("that read slowly get the latest state of each deployment once, and no queue", async () => {
    const { operator, clock, hub } = serve();
    const reader = hub.watch(undefined)[Symbol.asyncIterator]();
    await reader.next();
    for (let change = 1; change <= 50; change++) {
      operator.set("a", { successes: change });
      if (change === 20) operator.set("b", { weight: 9 });
      if (change === 30) operator.statuses = operator.statuses.filter(({ id }) => id !== "c");
      clock.advance(100);
    }
    const { value } = await reader.next();
    const update = value as DeploymentUpdate;
    assert.deepEqual(
      update.deployments.map(({ id, successes, weight }) => [id, successes, weight]),
      [
        ["a", 50, 1],
        ["b", 0, 9],
      ],
    );
    assert.deepEqual(update.removedIds, ["c"]);
    let more = false;
    void reader.next().then(() => (more = true));
    clock.advance(1_000);
    await turn();
    assert.equal(more, false);
  });

  test("that come later begin with what is, and miss no way back to what was", async () => {
    const { operator, clock, hub } = serve();
    const first = collect(hub.watch(undefined));
    clock.advance(50);
    operator.set("a", { inFlight: 1 });
    const second = collect(hub.watch(undefined));
    await turn();
    operator.set("a", { inFlight: 0 });
    clock.advance(50);
    await turn();
    for (const { updates } of [first, second]) {
      const told = updates.flatMap(({ deployments }) => deployments).findLast(({ id }) => id === "a");
      assert.equal(told?.inFlight, 0);
    }
  });

  test("that come after a change was answered begin with it", async () => {
    const { operator, hub } = serve();
    const first = collect(hub.watch(undefined));
    await operator.setWeights(new Map([["a", 7]]), 0, { who: "x", etag: undefined });
    const second = collect(hub.watch(undefined));
    await turn();
    assert.equal(second.updates[0]?.deployments[0]?.weight, 7);
    assert.equal(second.updates[0]?.etag, "state-1");
    assert.equal(first.updates[0]?.deployments[0]?.weight, 1);
  });

  test("of one group hear of that alone, also when a deployment joins or leaves it", async () => {
    const { operator, clock, hub } = serve();
    const { updates } = collect(hub.watch("other"));
    await turn();
    operator.set("a", { inFlight: 5 });
    clock.advance(100);
    await turn();
    assert.deepEqual(updates.map(ids), [["c"]]);
    operator.set("a", { group: "other" });
    operator.set("c", { group: "m" });
    clock.advance(100);
    await turn();
    assert.deepEqual([updates[1] && ids(updates[1]), updates[1]?.removedIds], [["a"], ["c"]]);
  });

  test("hear of what comes and what goes", async () => {
    const { operator, clock, hub } = serve();
    const { updates } = collect(hub.watch(undefined));
    await turn();
    operator.statuses = [...operator.statuses.slice(1), operatedDeployment("d")];
    clock.advance(100);
    await turn();
    assert.deepEqual([updates[1] && ids(updates[1]), updates[1]?.removedIds], [["d"], ["a"]]);
  });

  test("hear of a new etag, whatever it is for, because a change without it is refused", async () => {
    const { operator, clock, hub } = serve();
    const { updates } = collect(hub.watch(undefined));
    await turn();
    await operator.revokeKey("team", { who: "x", etag: undefined });
    clock.advance(100);
    await turn();
    assert.deepEqual(
      updates.map(({ etag, deployments }) => [etag, deployments.length]),
      [
        ["state-0", 3],
        ["state-1", 0],
      ],
    );
  });

  test("are not troubled by one that was left out because its id is taken", async () => {
    const { operator, clock, hub } = serve();
    operator.statuses = [...operator.statuses, operatedDeployment("a", { eligibility: "invalid", detail: "its id is taken" })];
    const { updates } = collect(hub.watch(undefined));
    await turn();
    clock.advance(500);
    await turn();
    assert.deepEqual(updates.map(ids), [["a", "b", "c"]]);
    assert.equal(updates[0]?.deployments[0]?.eligibility, "eligible");
  });

  test("share one look for each tick, and none is taken without a watcher", async () => {
    const { operator, clock, hub } = serve();
    clock.advance(10_000);
    assert.equal(operator.looks, 0);
    const watches = Array.from({ length: 50 }, () => hub.watch(undefined));
    const readers = watches.map(collect);
    await turn();
    assert.equal(operator.looks, 1);
    operator.set("a", { inFlight: 1 });
    clock.advance(1_000);
    await turn();
    assert.equal(operator.looks, 11);
    assert.ok(readers.every(({ updates }) => updates.length === 2));
    for (const watch of watches) hub.leave(watch);
    assert.equal(clock.pending, 0);
    await Promise.all(readers.map(({ ended }) => ended));
  });

  test("get fewer messages where a look takes long: one part in twenty of the time, but one in five seconds", () => {
    const { operator, clock, hub } = serve();
    let tookMs = 0;
    const looksIn = (ms: number): number => {
      const before = operator.looks;
      clock.advance(ms);
      return operator.looks - before;
    };
    const deployments = operator.deployments.bind(operator);
    operator.deployments = () => {
      clock.advance(tookMs);
      return deployments();
    };
    hub.watch(undefined);
    assert.equal(looksIn(10_000), 100);
    tookMs = 20;
    clock.advance(1_000);
    const slow = looksIn(42_000);
    assert.ok(slow >= 95 && slow <= 101, `${slow} looks`);
    tookMs = 2_000;
    clock.advance(10_000);
    const slowest = looksIn(70_000);
    assert.ok(slowest >= 9 && slowest <= 11, `${slowest} looks`);
  });

  test("end with the server's stop, and there are no new ones", async () => {
    const { clock, hub } = serve();
    const { ended } = collect(hub.watch(undefined));
    await turn();
    hub.close();
    const error = await ended;
    assert.ok(error instanceof RouterError && error.code === "shutting_down");
    assert.equal(clock.pending, 0);
    assert.throws(() => hub.watch(undefined), { code: "shutting_down" });
  });
});

describe("a change", () => {
  const before = operatedDeployment("a", { eligibility: "eligible", detail: "before" });
  const others: Required<{ [Key in keyof OperatedDeployment]: OperatedDeployment[Key] }> = {
    id: "z",
    group: "z",
    provider: "z",
    address: "z",
    weight: 9,
    order: 9,
    state: "blocked",
    strategy: "z",
    eligibility: "blocked",
    eligibleInMs: 9,
    detail: "z",
    inFlight: 9,
    outstandingTokens: 9,
    usedRpm: 9,
    usedTpm: 9,
    rpmLimit: 9,
    tpmLimit: 9,
    usedRpd: 9,
    usedTpd: 9,
    rpdLimit: 9,
    tpdLimit: 9,
    maxParallelRequests: 9,
    health: "failing",
    lastError: { code: "internal", message: "z", at: 9 },
    firstTokenMs: 9,
    msPerToken: 9,
    failureRate: 9,
    successes: 9,
    failures: 9,
    cancellations: 9,
    move: { weight: 9, at: 9 },
  };
  for (const [field, value] of Object.entries(others)) {
    test(`of ${field} is one`, () => {
      const after = { ...before, [field]: value };
      assert.ok(isChanged({ status: before, at: 0 }, { status: after, at: 100 }));
      assert.ok(!isChanged({ status: after, at: 0 }, { status: { ...after }, at: 0 }));
    });
  }

  const coolingDown = operatedDeployment("a", { eligibility: "cooling_down", eligibleInMs: 5_000, detail: "Cooling down for 5 s more." });
  test("is none where only the time runs", () => {
    const later = { ...coolingDown, eligibleInMs: 3_990, detail: "Cooling down for 4 s more." };
    assert.ok(!isChanged({ status: coolingDown, at: 0 }, { status: later, at: 1_000 }));
  });

  test("is one where a cooldown ends at another time than was said", () => {
    const longer = { ...coolingDown, eligibleInMs: 9_000 };
    assert.ok(isChanged({ status: coolingDown, at: 0 }, { status: longer, at: 1_000 }));
  });

  test("is one where the goal of a move is another", () => {
    const moving = { ...before, move: { weight: 3, at: 500 } };
    for (const move of [{ weight: 4, at: 500 }, { weight: 3, at: 501 }, undefined]) {
      assert.ok(isChanged({ status: moving, at: 0 }, { status: { ...moving, move }, at: 0 }));
    }
  });
});
