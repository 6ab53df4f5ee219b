import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadyLevels } from "../../../src/lib/averages/steady-levels.ts";

test("gives a number back before any was learned, of any index", () => {
  assert.equal(new SteadyLevels().steady(1_000, 5), 5);
});

test("stays at the mean while numbers are ordinary", () => {
  const levels = new SteadyLevels();
  for (let sample = 0; sample < 200; sample++) levels.learn(40, sample % 2 === 0 ? 50 : 150);
  assert.ok(Math.abs(levels.steady(40, 40) - 100) < 2);
  assert.ok(Math.abs(levels.steady(40, 250) - 100) < 2);
  assert.equal(levels.steady(39, 250), 250);
});

test("follows at once what is out of the ordinary, up and down", () => {
  const levels = new SteadyLevels();
  for (let sample = 0; sample < 200; sample++) levels.learn(0, 100);
  assert.equal(levels.steady(0, 3_000), 1_000);
  assert.equal(levels.steady(0, 10), 30);
});

test("is the plain mean of the first ones", () => {
  const levels = new SteadyLevels();
  for (const value of [10, 20, 60]) levels.learn(3, value);
  assert.equal(levels.steady(3, 30), 30);
});
