import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { getHeapStatistics } from "node:v8";
import fc from "fast-check";
import exampleStrategy from "../../examples/my-strategy.ts";
import { largePool, sampleSize } from "../../src/core/pick/sample.ts";
import type { LargeCandidates, StrategyPlugin } from "../../src/core/strategy.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { costBasedRouting } from "../../src/strategies/cost-based-routing.ts";
import { latencyBasedRouting } from "../../src/strategies/latency-based-routing.ts";
import { leastBusy } from "../../src/strategies/least-busy.ts";
import { peakEwma } from "../../src/strategies/peak-ewma.ts";
import { roundRobin } from "../../src/strategies/round-robin.ts";
import { strategies } from "../../src/strategies/index.ts";
import { usageBasedRouting } from "../../src/strategies/usage-based-routing.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { FakeCandidates, fakeContext, fakeDeployments, measured } from "../support/fake-candidates.ts";
import type { FakeDeployment } from "../support/fake-candidates.ts";

const context = fakeContext();

/** Every look at a candidate counts one. */
class CountedCandidates extends FakeCandidates {
  looks = 0;

  override get length(): number {
    // To know the length of the real list, the router looks at every deployment.
    this.looks += this.pool?.length ?? 0;
    return super.length;
  }

  override includes(deployment: FakeDeployment): boolean {
    this.looks += 1;
    return super.includes(deployment);
  }

  override few(random: Parameters<LargeCandidates["few"]>[0]): LargeCandidates {
    this.looks += sampleSize;
    const before = this.looks;
    const few = super.few(random);
    // Draws among all ask the fake for its length, but not the real list.
    this.looks = before;
    return few;
  }

  override sample(random: Parameters<LargeCandidates["sample"]>[0]): FakeDeployment {
    const before = this.looks;
    const drawn = super.sample(random);
    this.looks = before + 1;
    return drawn;
  }

  override sampleByWeight(random: Parameters<LargeCandidates["sampleByWeight"]>[0]): FakeDeployment {
    const before = this.looks;
    const drawn = super.sampleByWeight(random);
    this.looks = before + 1;
    return drawn;
  }
}

function groupOf(size: number): FakeDeployment[] {
  return fakeDeployments(
    Array.from({ length: size }, (_, row) => ({
      weight: 1 + (row % 5),
      inFlight: row % 3,
      inputCostPerToken: row,
      outputCostPerToken: row % 11,
      ...measured(100 + (row % 7), context.now - 1000),
    })),
  );
}

function looksForEach(plugin: StrategyPlugin, size: number, picks: number): number {
  const strategy = createStrategy(plugin);
  const candidates = new CountedCandidates(groupOf(size));
  candidates.looks = 0;
  for (let pick = 0; pick < picks; pick++) strategy.pick(candidates, context);
  return candidates.looks / picks;
}

function allocatedBytes(): number {
  return (getHeapStatistics() as { total_allocated_bytes?: number }).total_allocated_bytes ?? assert.fail("this Node does not count");
}

for (const plugin of [...strategies, exampleStrategy]) {
  describe(plugin.name, () => {
    test("looks at as few deployments for a pick among 10,000 as among 100", () => {
      for (const size of [100, 10_000]) {
        const looks = looksForEach(plugin, size, 2_000);
        // p2c lists all when it draws the same one twice: once in as many picks as there are deployments.
        assert.ok(looks > 0 && looks <= sampleSize + 1, `${looks} looks for each pick among ${size}`);
      }
    });

    test("makes no list for a pick among 2,000", () => {
      const strategy = createStrategy(plugin);
      const candidates = new FakeCandidates(groupOf(2_000));
      const pickMany = (): void => {
        for (let pick = 0; pick < 5_000; pick++) strategy.pick(candidates, context);
      };
      pickMany();
      const before = allocatedBytes();
      pickMany();
      const bytes = (allocatedBytes() - before) / 5_000;
      // Numbers that code which is not compiled yet hands around; a list of 2,000 would take 8 KB and more.
      assert.ok(bytes < 1_000, `${bytes} bytes for each pick`);
    });
  });
}

/** What each of these takes the lowest of. */
const lowest: readonly { plugin: StrategyPlugin; given: (rank: number) => Partial<FakeDeployment> }[] = [
  { plugin: leastBusy, given: (rank) => ({ inFlight: rank }) },
  { plugin: usageBasedRouting, given: (rank) => ({ usedTpm: rank }) },
  { plugin: latencyBasedRouting, given: (rank) => measured(100 * (rank + 1), context.now) },
  { plugin: peakEwma, given: (rank) => measured(100 * (rank + 1), context.now) },
  { plugin: exampleStrategy, given: (rank) => ({ outstandingTokens: rank }) },
];

for (const { plugin, given } of lowest) {
  test(`${plugin.name} takes the best one of fewer than ${largePool} every time`, () => {
    const deployments = fakeDeployments(Array.from({ length: largePool - 1 }, (_, row) => given(largePool - row)));
    const strategy = createStrategy(plugin);
    for (let pick = 0; pick < 200; pick++) assert.equal(strategy.pick(new FakeCandidates(deployments), context).row, largePool - 2);
  });

  test(`${plugin.name} takes the best one of ${sampleSize} draws of 1,000, and says that chance decides`, () => {
    const deployments = fakeDeployments(Array.from({ length: 1_000 }, (_, row) => given(row)));
    const candidates = new FakeCandidates(deployments);
    const strategy = createStrategy(plugin);
    const rows = Array.from({ length: 4_000 }, () => strategy.pick(candidates, context).row);
    for (const share of [0.05, 0.1, 0.2, 0.5]) {
      const worse = rows.filter((row) => row >= share * 1_000).length / rows.length;
      assert.ok(Math.abs(worse - (1 - share) ** sampleSize) < 0.03, `${worse} worse than the best ${share}`);
    }
    const explanation = strategy.explain?.(candidates, context);
    assert.ok(explanation);
    assert.equal(explanation.pick.row, 0);
    assert.ok(explanation.byChance);
  });
}

describe("cost-based-routing in a large group", () => {
  const price = fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined });
  const priced = fc.record({ inputCostPerToken: price, outputCostPerToken: price, inFlight: fc.nat(2), present: fc.boolean() });
  const tokens = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000 }));

  test("takes one that no candidate is cheaper than, whatever the prices are and whichever may not serve", () => {
    fc.assert(
      fc.property(
        fc.array(priced, { minLength: largePool, maxLength: 150 }),
        tokens,
        tokens,
        fc.integer(),
        (given, prompt, output, seed) => {
          const deployments = fakeDeployments(given);
          const present = deployments.filter((_, row) => given[row]?.present);
          if (present.length === 0) return;
          const asked = fakeContext({ promptTokens: prompt, outputTokens: output });
          const strategy = createStrategy(costBasedRouting, { random: seededRandom(seed) });
          const candidates = new FakeCandidates(present, deployments);
          const costs = present.map((one) => costOf(one, prompt, output));
          const explanation = strategy.explain?.(candidates, asked);
          assert.deepEqual(explanation?.scores, costs);
          const cheapest = costs.reduce((least, cost) => Math.min(least, cost), Infinity);
          for (let pick = 0; pick < 3; pick++) {
            const picked = strategy.pick(candidates, asked);
            const index = present.findIndex((one) => one === picked);
            assert.equal(costs[index], cheapest);
            if (!explanation.byChance) assert.equal(picked.id, explanation.pick.id);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("takes the next cheapest while the cheaper ones may not serve", () => {
    const deployments = groupOf(1_000);
    const strategy = createStrategy(costBasedRouting);
    const byCost = deployments.toSorted((a, b) => costOf(a, 100, 200) - costOf(b, 100, 200));
    for (let away = 0; away < 100; away++) {
      const picked = strategy.pick(new FakeCandidates(byCost.slice(away), deployments), context);
      assert.equal(costOf(picked, 100, 200), costOf(byCost[away]!, 100, 200));
    }
  });

  test("spreads over different prices that cost this call the same, and over many with the same prices", () => {
    const deployments = fakeDeployments(Array.from({ length: 400 }, (_, row) => ({ inputCostPerToken: 1, outputCostPerToken: row % 4 })));
    const candidates = new FakeCandidates(deployments);
    const strategy = createStrategy(costBasedRouting);
    for (let pick = 0; pick < 4_000; pick++) {
      const { row } = strategy.pick(candidates, fakeContext({ promptTokens: 10, outputTokens: 0 }));
      deployments[row]!.inFlight += 1;
    }
    const loads = deployments.map(({ inFlight }) => inFlight);
    assert.ok(Math.min(...loads) >= 6 && Math.max(...loads) <= 14, `${Math.min(...loads)} to ${Math.max(...loads)}`);
  });
});

function costOf({ inputCostPerToken, outputCostPerToken }: Partial<FakeDeployment>, prompt: number, output: number): number {
  return partOf(prompt, inputCostPerToken) + partOf(output, outputCostPerToken);
}

function partOf(tokens: number, cost = Infinity): number {
  return tokens === 0 ? 0 : tokens * cost;
}

describe("round-robin in a large group", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: largePool, maxLength: 120 });

  test("is never a whole pick away from anybody's share, and exact after every cycle", () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 1000 }), (given, unit) => {
        const strategy = createStrategy(roundRobin);
        const candidates = new FakeCandidates(fakeDeployments(given.map((weight) => ({ weight: weight * unit }))));
        const cycle = given.reduce((sum, weight) => sum + weight, 0);
        const counts = given.map(() => 0);
        for (let pick = 1; pick <= cycle * 2; pick++) {
          counts[strategy.pick(candidates, context).row]! += 1;
          const strays = given.map((weight, row) => Math.abs(counts[row]! - (pick * weight) / cycle));
          assert.ok(Math.max(...strays) < 1 + 1e-6, `${Math.max(...strays)} from a share after ${pick} picks`);
        }
        assert.deepEqual(
          counts,
          given.map((weight) => weight * 2),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("keeps its order over 100,000 picks: rounding does not add up", () => {
    const strategy = createStrategy(roundRobin);
    const given = Array.from({ length: 77 }, (_, row) => 1 + (row % 3));
    const candidates = new FakeCandidates(fakeDeployments(given.map((weight) => ({ weight: weight / 7 }))));
    const cycle = given.reduce((sum, weight) => sum + weight, 0);
    const rows = Array.from({ length: cycle * 700 }, () => strategy.pick(candidates, context).row);
    assert.deepEqual(rows.slice(-cycle), rows.slice(0, cycle));
  });

  test("takes equals by turns, in their order", () => {
    const strategy = createStrategy(roundRobin);
    const candidates = new FakeCandidates(fakeDeployments(Array.from({ length: 100 }, () => ({}))));
    const rows = Array.from({ length: 300 }, () => strategy.pick(candidates, context).row);
    assert.deepEqual(
      rows,
      Array.from({ length: 300 }, (_, pick) => pick % 100),
    );
  });

  test("is exact among those that may serve, whatever weight may not, and makes up nothing when that comes back", () => {
    for (const away of [1, 50, 95]) {
      const strategy = createStrategy(roundRobin);
      const deployments = fakeDeployments(Array.from({ length: 100 }, (_, row) => ({ weight: row < away ? 1000 : 1 + (row % 2) })));
      const present = new FakeCandidates(deployments.slice(away), deployments);
      const total = present.pool.slice(away).reduce((sum, { weight }) => sum + weight, 0);
      const counts = deployments.map(() => 0);
      for (let pick = 0; pick < total * 50; pick++) counts[strategy.pick(present, context).row]! += 1;
      for (const { row, weight } of deployments.slice(away))
        assert.ok(Math.abs(counts[row]! - weight * 50) <= 2, `${counts[row]} picks for weight ${weight}, ${away} away`);
      // The heavy ones are back: of the next hundred picks they get their share, and not what they have missed on top of that.
      const all = new FakeCandidates(deployments);
      const whole = deployments.reduce((sum, { weight }) => sum + weight, 0);
      const firsts = Array.from({ length: 400 }, () => strategy.pick(all, context).row);
      for (let row = 0; row < away; row++) {
        const picks = firsts.filter((one) => one === row).length;
        assert.ok(Math.abs(picks - (400 * 1000) / whole) <= 2, `${picks} picks for ${row}, ${away} were away`);
      }
    }
  });

  test("goes on where it stopped when a weight changes and when a deployment joins", () => {
    const strategy = createStrategy(roundRobin);
    const pickRows = (deployments: readonly FakeDeployment[], picks: number): readonly number[] => {
      const candidates = new FakeCandidates(deployments);
      return Array.from({ length: picks }, () => strategy.pick(candidates, context).row);
    };
    // Each change is a new table, with deployments that are made anew in the same rows.
    assert.deepEqual(pickRows(fakeDeployments(Array.from({ length: 100 }, () => ({}))), 3), [0, 1, 2]);
    assert.deepEqual(pickRows(fakeDeployments(Array.from({ length: 100 }, () => ({ weight: 5 }))), 3), [3, 4, 5]);
    assert.deepEqual(pickRows(fakeDeployments(Array.from({ length: 101 }, () => ({ weight: 5 }))), 3), [6, 7, 8]);
    const heavy = Array.from({ length: 101 }, (_, row) => ({ weight: row === 50 ? 101 : 1 }));
    const picks = pickRows(fakeDeployments(heavy), 200).filter((row) => row === 50).length;
    assert.ok(Math.abs(picks - 100) <= 2, `${picks} of 200 picks for half of the weight`);
  });

  test("goes on where it stopped when the group grows large", () => {
    const strategy = createStrategy(roundRobin);
    const pickRow = (size: number): number =>
      strategy.pick(new FakeCandidates(fakeDeployments(Array.from({ length: size }, () => ({})))), context).row;
    assert.deepEqual(
      [63, 63, 64, 64, 65].map((size) => pickRow(size)),
      [0, 1, 2, 3, 4],
    );
  });
});
