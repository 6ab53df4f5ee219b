import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { weightAt } from "../../../src/control/state/weight-move.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { ControlFixture, inFolder, me, twoGroups, value } from "../support/control-fixture.ts";

function ramp({ control }: ControlFixture, id: string, weight: number, seconds: number) {
  return value(control.setWeights(new Map([[id, weight]]), seconds * 1_000, me));
}

test("a weight moves in a straight line, second by second, and arrives exactly", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await ramp(fixture, "a", 11, 10);
  assert.deepEqual(fixture.control.deployments()[0]?.move, { weight: 11, at: fixture.clock.wallTime() + 10_000 });
  const seen: (number | undefined)[] = [];
  for (let second = 0; second <= 11; second++) {
    seen.push(fixture.weights()["a"]);
    fixture.clock.advance(1_000);
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11]);
  assert.equal(fixture.control.deployments()[0]?.move, undefined);
});

test("a weight that moves to 0 is a backup at the end, and not before", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await ramp(fixture, "a", 0, 3);
  fixture.clock.advance(2_999);
  assert.equal(fixture.router.deployments()[0]?.eligibility, "eligible");
  fixture.clock.advance(1);
  assert.equal(fixture.weights()["a"], 0);
  assert.equal(fixture.router.deployments()[0]?.eligibility, "backup");
});

test("a later SetWeights of the same deployment ends the move, one of another does not", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await ramp(fixture, "a", 11, 10);
  fixture.clock.advance(5_000);
  await value(fixture.control.setWeights(new Map([["b", 4]]), 0, me));
  assert.deepEqual(fixture.weights(), { a: 6, b: 4, c: 1 });
  fixture.clock.advance(1_000);
  assert.equal(fixture.weights()["a"], 7);
  await value(fixture.control.setWeights(new Map([["a", 2]]), 0, me));
  fixture.clock.advance(60_000);
  assert.deepEqual(fixture.weights(), { a: 2, b: 4, c: 1 });
});

test("a move that is turned back begins where it was", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await ramp(fixture, "a", 11, 10);
  fixture.clock.advance(5_000);
  const [change] = await ramp(fixture, "a", 1, 5);
  assert.deepEqual(change, { deploymentId: "a", before: 6, after: 1 });
  fixture.clock.advance(1_000);
  assert.equal(fixture.weights()["a"], 5);
});

test("a move goes on after a restart, and one whose end has passed meanwhile has arrived", async () => {
  await inFolder(async (folder) => {
    const clock = new FakeClock();
    const options = { statePath: join(folder, "s.json"), clock };
    const first = await ControlFixture.open(twoGroups, options);
    await ramp(first, "a", 11, 10);
    clock.advance(2_000);
    await first.control.close();
    clock.advance(3_000);
    const second = await ControlFixture.open(twoGroups, options);
    assert.equal(second.weights()["a"], 6);
    clock.advance(1_000);
    assert.equal(second.weights()["a"], 7);
    await second.control.close();
    clock.advance(60_000);
    const third = await ControlFixture.open(twoGroups, options);
    assert.deepEqual([third.weights()["a"], third.control.deployments()[0]?.move], [11, undefined]);
  });
});

test("a slow move takes a bounded number of steps, and none is left when it has arrived", async () => {
  const fixture = await ControlFixture.open(twoGroups);
  await fixture.control.close();
  const open = await ControlFixture.open(twoGroups, { clock: fixture.clock });
  await ramp(open, "a", 100, 7 * 86_400);
  let applied = 0;
  const apply = open.router.apply.bind(open.router);
  open.router.apply = (change) => (applied++, apply(change));
  open.clock.advance(7 * 86_400_000);
  assert.ok(applied > 100 && applied <= 501, String(applied));
  assert.equal(open.weights()["a"], 100);
  await open.control.close();
  assert.equal(open.clock.pending, 0);
});

test("a weight under way is never outside of its ends, and is at them exactly there", () => {
  const weight = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(
      weight,
      weight,
      fc.integer({ min: 1, max: 604_800_000 }),
      fc.double({ min: -1, max: 2, noNaN: true }),
      (from, to, overMs, part) => {
        const move = { from, to, startedAt: 1_000, overMs };
        const at = weightAt(move, 1_000 + part * overMs);
        assert.ok(at >= Math.min(from, to) - 1e-3 && at <= Math.max(from, to) + 1e-3);
        assert.equal(weightAt(move, 1_000), from);
        assert.equal(weightAt(move, 1_000 + overMs), to);
      },
    ),
  );
});

for (const jumpMs of [3_600_000, -3_600_000]) {
  test(`a weight moves on as before when the system's clock is set by ${jumpMs / 3_600_000} h`, async () => {
    const fixture = await ControlFixture.open(twoGroups);
    await ramp(fixture, "a", 11, 10);
    fixture.clock.advance(5_000);
    fixture.clock.jump(jumpMs);
    assert.equal(fixture.weights()["a"], 6);
    await value(fixture.control.setWeights(new Map([["b", 4]]), 0, me));
    assert.deepEqual(fixture.weights(), { a: 6, b: 4, c: 1 });
    fixture.clock.advance(1_000);
    assert.equal(fixture.weights()["a"], 7);
    fixture.clock.advance(4_000);
    assert.equal(fixture.weights()["a"], 11);
    assert.equal(fixture.control.deployments()[0]?.move, undefined);
  });
}
