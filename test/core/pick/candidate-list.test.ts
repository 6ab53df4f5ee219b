import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CandidateList } from "../../../src/core/pick/candidate-list.ts";
import type { Demand } from "../../../src/core/pick/demand.ts";
import { createGroup, type Tier } from "../../../src/core/table/group.ts";
import { largePool, sampleSize } from "../../../src/core/pick/sample.ts";
import { Ledger } from "../../../src/core/state/ledger.ts";
import { RoutedDeployment } from "../../../src/core/table/routed-deployment.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { anyDemand, deployment, firstStrategy } from "../../support/core-fixture.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const ledger = new Ledger();
const clock = new FakeClock();

function tierOf(weights: readonly number[]): Tier {
  const entries = weights.map((weight, index) => new RoutedDeployment(deployment(`d${index}`), weight, false, ledger));
  const [tier] = createGroup("m", entries, { strategy: firstStrategy, name: "first" }).tiers;
  assert.ok(tier);
  return tier;
}

function demand(tried: readonly number[]): Demand {
  return anyDemand({ now: clock.now(), tried });
}

test("whatever is drawn is eligible, in tiers of any size and with any of them tried", () => {
  const sizes = fc.integer({ min: 1, max: 200 });
  fc.assert(
    fc.property(sizes, fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (size, seed, share) => {
      const random = seededRandom(seed);
      const tier = tierOf(Array.from({ length: size }, (_, index) => index % 7));
      const tried = tier.entries.filter(() => random.next() < share).map((entry) => entry.row);
      const candidates = new CandidateList(ledger);
      assert.equal(candidates.fill(tier, demand(tried)), tried.length < size);
      if (tried.length === size) return;
      for (let draw = 0; draw < 10; draw++) {
        assert.ok(!tried.includes(candidates.sample(random).row));
        assert.ok(!tried.includes(candidates.sampleByWeight(random).row));
      }
      const few = candidates.few(random);
      if (size < largePool) assert.equal(few, candidates);
      assert.ok(few.length === sampleSize || few === candidates);
      assert.ok([...few].every((entry) => !tried.includes(entry.row)));
      assert.equal(candidates.many, size >= largePool);
      assert.equal(candidates.pool, tier.entries);
      for (const entry of tier.entries) assert.equal(candidates.includes(entry), !tried.includes(entry.row));
      assert.equal(candidates.length, size - tried.length);
      assert.ok([...candidates].every((entry) => !tried.includes(entry.row)));
      assert.throws(() => candidates.at(size), RangeError);
    }),
  );
});

for (const size of [3, 200]) {
  test(`draws by weight follow the weights among ${size}, also when some are not eligible`, () => {
    const random = seededRandom(7);
    const tier = tierOf(Array.from({ length: size }, (_, index) => (index === 0 ? size : 1)));
    const candidates = new CandidateList(ledger);
    const tried = tier.entries.slice(1, 2).map((entry) => entry.row);
    candidates.fill(tier, demand(tried));
    const total = 20_000;
    let first = 0;
    for (let draw = 0; draw < total; draw++) if (candidates.sampleByWeight(random) === tier.entries[0]) first++;
    const expected = size / (size + size - 2);
    assert.ok(Math.abs(first / total - expected) < 0.02, `${first / total} instead of ${expected}`);
  });
}

test("with all weights 0 draws are even", () => {
  const random = seededRandom(3);
  const candidates = new CandidateList(ledger);
  candidates.fill(tierOf([0, 0]), demand([]));
  const drawn = new Set(Array.from({ length: 50 }, () => candidates.sampleByWeight(random).id));
  assert.equal(drawn.size, 2);
});

for (const size of [3, 200]) {
  test(`among ${size}, none without weight is drawn, however tiny the weight of the others is`, () => {
    const candidates = new CandidateList(ledger);
    candidates.fill(tierOf([Number.MIN_VALUE, ...Array.from({ length: size - 1 }, () => 0)]), demand([]));
    for (const chance of [0, 0.4, 0.6, 1 - Number.EPSILON]) assert.equal(candidates.sampleByWeight({ next: () => chance }).id, "d0");
  });
}

test("finds the one that is eligible among 1,000, wherever it stands", () => {
  const tier = tierOf(Array.from({ length: 1_000 }, () => 1));
  const random = seededRandom(5);
  for (const row of [0, 1, 499, 998, 999]) {
    const candidates = new CandidateList(ledger);
    assert.ok(candidates.fill(tier, demand(tier.entries.filter((_, index) => index !== row).map((entry) => entry.row))));
    assert.equal(candidates.sample(random), tier.entries[row]);
    assert.deepEqual([...candidates.few(random)], [tier.entries[row]]);
  }
});
