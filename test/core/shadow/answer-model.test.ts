import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerModel, featureCount } from "../../../src/core/shadow/answer-model.ts";
import { randomInt, seededRandom } from "../../../src/lib/random.ts";

const random = seededRandom(3);

/** The features of a call at a deployment, at random: calls in flight, waiting prompt tokens, output to come, its own prompt. */
function anyLoad(): Float64Array {
  return Float64Array.of(randomInt(random, 10), randomInt(random, 20_000), 0, randomInt(random, 3_000));
}

function trained(ms: (row: number, load: Float64Array) => number, answers = 2_000): AnswerModel {
  const model = new AnswerModel();
  for (let answer = 0; answer < answers; answer++) {
    const row = answer % 3;
    const load = anyLoad();
    model.learn(row, load, 0, ms(row, load));
  }
  return model;
}

const line = (row: number, load: Float64Array): number =>
  100 * (row + 1) + 20 * (load[0] ?? 0) + 0.1 * (load[1] ?? 0) + 0.05 * (load[3] ?? 0);

test("a deployment's level and what load adds are told apart, as far as noise lets them", () => {
  const model = trained((row, load) => line(row, load) + 200 * (random.next() - 0.5));
  for (const row of [0, 1, 2]) {
    for (const load of [Float64Array.of(0, 0, 0, 1_000), Float64Array.of(9, 19_000, 0, 1_000)]) {
      const expected = model.expect(row, load, 0);
      assert.ok(Math.abs(expected - line(row, load)) < 60, `row ${row}: ${expected} for ${line(row, load)}`);
    }
  }
});

test("slow deployments that are crowded do not make crowding look slow", () => {
  const model = new AnswerModel();
  for (let answer = 0; answer < 2_000; answer++) {
    const row = answer % 2;
    const load = Float64Array.of(row * 10 + randomInt(random, 3), 0, 0, 0);
    model.learn(row, load, 0, 100 + row * 1_000);
  }
  assert.ok(Math.abs(model.expect(0, Float64Array.of(10, 0, 0, 0), 0) - 100) < 20);
});

test("nothing is known of a deployment with few answers, nor of any before there are fifty", () => {
  const model = trained(line, 48);
  assert.equal(model.knows(0), false);
  const more = trained(line, 60);
  assert.deepEqual([more.knows(0), more.knows(7)], [true, false]);
});

test("expectations are never below nothing", () => {
  const model = trained((_row, load) => 100 + 50 * (load[0] ?? 0));
  assert.ok(model.expect(0, new Float64Array(featureCount).fill(-1_000), 0) >= 0);
});
