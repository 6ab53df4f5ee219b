import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import exampleStrategy from "../../examples/my-strategy.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import type { PickContext, PickExplanation, Strategy, StrategyPlugin } from "../../src/core/strategy.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { strategies } from "../../src/strategies/index.ts";
import { createStrategy } from "../support/create-strategy.ts";
import { FakeCandidates, fakeContext, fakeDeployments, measured } from "../support/fake-candidates.ts";
import type { FakeDeployment } from "../support/fake-candidates.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** What every strategy promises, whatever else it promises. A new one is in here by being listed. */
const underContract: readonly StrategyPlugin[] = [...strategies, exampleStrategy];

const context = fakeContext();
const tokens = context.promptTokens + context.outputTokens;
const recently = context.now - 1000;

/** A deployment for each place in a group, from 0 at the first to 1 at the last. */
type World = (place: number) => Partial<FakeDeployment>;

/** Groups over which concurrent picks must spread. */
const worlds: Readonly<Record<string, World>> = {
  "equal and never measured": () => ({}),
  "equal and measured": () => measured(200, recently),
  "measured slightly differently": (place) => measured(200 + 12 * place, recently),
  "measured, but for a new one": (place) => (place === 0 ? {} : measured(200, recently)),
  "measured in virtual time, where everything takes none": () => measured(0, recently),
  "used slightly differently": (place) => ({ usedTpm: Math.round(place * 4) * 300, usedRpm: Math.round(place * 4) }),
  "equal backups": () => ({ weight: 0 }),
  "priced slightly differently": (place) => ({ inputCostPerToken: (1 + place / 25) * 1e-6, outputCostPerToken: (1 + place / 25) * 1e-6 }),
};

/** Groups of the usual size, and those of which a strategy may look at a few deployments only. Pure chance strays so far, too. */
const sizes = [
  { size: 5, picksEach: 200, tolerance: 0.3 },
  { size: 200, picksEach: 100, tolerance: 0.4 },
  { size: 2_000, picksEach: 40, tolerance: 0.75 },
];

function deploymentsIn(world: World, size: number): FakeDeployment[] {
  return fakeDeployments(Array.from({ length: size }, (_, index) => world(index / (size - 1))));
}

/** A promise can forbid a property. Each exemption is checked to be still needed. */
const herdsByDesign: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "cost-based-routing": { "priced slightly differently": "the cheapest takes all until its limits make it drop out" },
};

const endings: readonly Outcome[] = [
  { kind: "success", firstTokenMs: 200, totalMs: 900, stream: true, usage: { promptTokens: 90, outputTokens: 40 } },
  { kind: "success", firstTokenMs: 900, totalMs: 900, stream: false, usage: undefined },
  { kind: "failure", error: new RouterError("upstream_overloaded", "busy"), totalMs: 30, begun: false },
  { kind: "cancelled", totalMs: 5 },
];

const forbidden = (): never => assert.fail("ambient chance or time");

for (const plugin of underContract) {
  describe(plugin.name, () => {
    test("picks one of the candidates, whatever their numbers are", () => {
      fc.assert(
        fc.property(
          fc.oneof(fc.array(numbersArbitrary, { minLength: 1, maxLength: 12 }), largeGroups),
          contextArbitrary,
          fc.integer(),
          (given, asked, seed) => {
            const deployments = fakeDeployments(given);
            const strategy = createStrategy(plugin, { random: seededRandom(seed) });
            for (let pick = 0; pick < 5; pick++) {
              const picked = strategy.pick(new FakeCandidates(deployments), asked);
              assert.ok(
                deployments.some((one) => one === picked),
                `picked ${picked.id}`,
              );
            }
          },
        ),
        { numRuns: 200 },
      );
    });

    for (const { size, oneByOne, overlapping } of [
      { size: 5, oneByOne: 2_000, overlapping: 1_000 },
      { size: 200, oneByOne: 20_000, overlapping: 20_000 },
      { size: 2_000, oneByOne: 200_000, overlapping: 200_000 },
    ]) {
      const weights = Array.from({ length: size }, (_, index) => [1, 2, 3, 4, 20][index % 5]!);

      test(`reaches every one of ${size} deployments that have weight, when calls come one by one`, () => {
        const deployments = fakeDeployments(weights.map((weight) => ({ weight, ...measured(200, recently) })));
        const counts = pickOneByOne(createStrategy(plugin), deployments, oneByOne);
        assert.equal(counts.filter((count) => count === 0).length, 0);
      });

      test(`reaches every one of ${size} deployments that have weight, when calls overlap`, () => {
        const deployments = fakeDeployments(weights.map((weight) => ({ weight, ...measured(weight * 100, recently) })));
        const counts = pickWithoutEnd(createStrategy(plugin), deployments, overlapping);
        assert.equal(counts.filter((count) => count === 0).length, 0);
      });
    }

    for (const { size, picksEach, tolerance } of sizes) {
      for (const [title, world] of Object.entries(worlds)) {
        const reason = herdsByDesign[plugin.name]?.[title];
        const spreads = (): void => {
          const counts = pickWithoutEnd(createStrategy(plugin), deploymentsIn(world, size), size * picksEach);
          const least = Math.min(...counts);
          const most = Math.max(...counts);
          assert.ok(least > picksEach * (1 - tolerance) && most < picksEach * (1 + tolerance), `${least} to ${most} picks each`);
        };
        const calls = `${(size * picksEach).toLocaleString("en")} concurrent calls over ${size} deployments that are ${title}`;
        if (reason === undefined) test(`spreads ${calls}`, spreads);
        else test(`need not spread ${calls}: ${reason}`, () => assert.throws(spreads, assert.AssertionError));
      }
    }

    test("takes one outcome of any kind for each pick, in any order", () => {
      const strategy = createStrategy(plugin);
      const candidates = new FakeCandidates(fakeDeployments([{}, {}, {}]));
      const picked = Array.from({ length: 40 }, () => strategy.pick(candidates, context));
      picked.reverse().forEach((deployment, index) => strategy.onOutcome?.(deployment, endings[index % endings.length]!, 0));
      for (let pick = 0; pick < 10; pick++) strategy.pick(candidates, context);
    });

    test("keeps picking candidates while these come, go, get busy and change weight", () => {
      fc.assert(
        fc.property(fc.array(momentArbitrary, { minLength: 1, maxLength: 40 }), fc.integer(), (moments, seed) => {
          const clock = new FakeClock();
          const strategy = createStrategy(plugin, { random: seededRandom(seed), clock });
          const deployments = fakeDeployments(Array.from({ length: 8 }, () => ({})));
          for (const { present, numbers, changed, ageMs, ending } of moments) {
            clock.advance(ageMs);
            Object.assign(deployments[changed]!, numbers);
            const candidates = deployments.filter(({ row }) => present.includes(row));
            const picked = strategy.pick(new FakeCandidates(candidates), fakeContext({ now: clock.now() }));
            assert.ok(
              candidates.some((one) => one === picked),
              `picked ${picked.id}`,
            );
            strategy.onOutcome?.(picked, endings[ending]!, 0);
          }
        }),
        { numRuns: 100 },
      );
    });

    test("picks the same under the same seed, and each instance for itself", () => {
      const given = [1, 2, 3, 4, 20].map((weight) => ({ weight }));
      const alone = pickSequence(createStrategy(plugin, { random: seededRandom(7) }), 100, given);
      const other = createStrategy(plugin, { random: seededRandom(8) });
      const beside = pickSequence(createStrategy(plugin, { random: seededRandom(7) }), 100, given, () => {
        other.pick(new FakeCandidates(fakeDeployments(given)), context);
      });
      assert.deepEqual(beside, alone);
    });

    test("uses only the chance and the time that it is handed", (t) => {
      t.mock.method(Math, "random", forbidden);
      t.mock.method(Date, "now", forbidden);
      t.mock.method(performance, "now", forbidden);
      const strategy = createStrategy(plugin);
      for (let pick = 0; pick < 10; pick++) {
        const picked = strategy.pick(new FakeCandidates(fakeDeployments([{}, {}, {}])), context);
        strategy.onOutcome?.(picked, endings[pick % endings.length]!, 0);
      }
    });

    test("explains with a candidate and one number for each, and picks just that one where chance does not decide", () => {
      let decided = 0;
      const groups = fc.oneof(
        { weight: 9, arbitrary: fc.array(numbersArbitrary, { minLength: 1, maxLength: 6 }) },
        { weight: 1, arbitrary: largeGroups },
      );
      fc.assert(
        fc.property(groups, contextArbitrary, fc.integer(), (given, asked, seed) => {
          const deployments = fakeDeployments(given);
          const strategy = createStrategy(plugin, { random: seededRandom(seed) });
          for (let pick = 0; pick < 4; pick++) {
            const { pick: explained, byChance, meaning, scores } = explain(strategy, deployments, asked);
            assert.ok(deployments.some((one) => one === explained));
            assert.equal(scores.length, deployments.length);
            assert.ok(!scores.some(Number.isNaN) && meaning.length > 10, meaning);
            const picked = strategy.pick(new FakeCandidates(deployments), asked);
            if (byChance) continue;
            decided += 1;
            assert.equal(picked.id, explained.id);
          }
        }),
        { numRuns: 200 },
      );
      assert.ok(decided > 0, "chance decided every time");
    });

    test("explains with a candidate that is really picked where chance decides", () => {
      for (const [title, world] of Object.entries(worlds)) {
        for (const [size, picks] of [
          [5, 200],
          [70, 1_000],
        ] as const) {
          const deployments = deploymentsIn(world, size);
          const { pick: explained, byChance } = explain(createStrategy(plugin), deployments, context);
          const picked = Array.from({ length: picks }, (_, seed) =>
            createStrategy(plugin, { random: seededRandom(seed) }).pick(new FakeCandidates(deployments), context),
          );
          assert.ok(
            picked.some(({ id }) => id === explained.id),
            title,
          );
          assert.equal(new Set(picked).size > 1, byChance, `${title}, ${size}`);
        }
      }
    });

    test("picks on as if it had not been asked, however often it explained", () => {
      const given = [1, 2, 3, 4, 20].map((weight) => ({ weight, ...measured(100 + weight, recently) }));
      const alone = pickSequence(createStrategy(plugin, { random: seededRandom(7) }), 100, given);
      const asked = createStrategy(plugin, { random: seededRandom(7) });
      const others = fakeDeployments([{ inFlight: 3 }, {}, { weight: 9 }, {}, {}, {}, {}]);
      const beside = pickSequence(asked, 100, given, (deployments) => {
        explain(asked, deployments, context);
        explain(asked, others, fakeContext({ stream: false }));
      });
      assert.deepEqual(beside, alone);
    });

    test("asks its settings for defaults that lie within their own bounds, with a description", () => {
      const described: string[] = [];
      const note = (key: string, description: string): void => {
        assert.ok(description.length > 20, `${key} is not described`);
        described.push(key);
      };
      plugin.parseConfig({
        number(key, { default: value, min = -Infinity, max = Infinity, integer, description }) {
          assert.ok(value >= min && value <= max && (integer !== true || Number.isInteger(value)), `${key}: ${value}`);
          note(key, description);
          return value;
        },
        boolean(key, { default: value, description }) {
          note(key, description);
          return value;
        },
        choice(key, { default: value, choices, description }) {
          assert.ok(choices.includes(value), `${key}: ${value}`);
          note(key, description);
          return value;
        },
      });
      assert.equal(new Set(described).size, described.length, "a setting is read twice");
    });
  });
}

const numbersArbitrary = fc.record({
  weight: fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1e7, noNaN: true })),
  inFlight: fc.nat(1000),
  outstandingTokens: fc.nat(1e6),
  waitingPromptTokens: fc.nat(1e6),
  expectedRestTokens: fc.nat(1e6),
  quotaUsed: fc.double({ min: 0, max: 1, noNaN: true }),
  usedRpm: fc.nat(1e5),
  usedTpm: fc.nat(1e7),
  inputCostPerToken: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  outputCostPerToken: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  firstTokenMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  msPerToken: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  peakFirstTokenMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  peakMsPerToken: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  firstTokenMeasuredAt: fc.oneof(fc.constant(-Infinity), fc.integer({ min: 0, max: 1_000_000 })),
  perTokenMeasuredAt: fc.oneof(fc.constant(-Infinity), fc.integer({ min: 0, max: 1_000_000 })),
  failureRate: fc.double({ min: 0, max: 1, noNaN: true }),
});

const largeGroups = fc.array(numbersArbitrary, { minLength: 64, maxLength: 90 });

const contextArbitrary = fc.record({
  now: fc.integer({ min: 1_000_000, max: 10_000_000 }),
  stream: fc.boolean(),
  promptTokens: fc.nat(1e6),
  outputTokens: fc.nat(1e6),
});

const momentArbitrary = fc.record({
  present: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 8 }),
  numbers: numbersArbitrary,
  changed: fc.nat(7),
  ageMs: fc.nat(100_000),
  ending: fc.nat(endings.length - 1),
});

/** Each call ends before the next one begins. Returns how often each row was picked. */
function pickOneByOne(strategy: Strategy, deployments: readonly FakeDeployment[], picks: number): number[] {
  const counts = deployments.map(() => 0);
  const candidates = new FakeCandidates(deployments);
  for (let pick = 0; pick < picks; pick++) {
    const picked = begin(strategy, candidates, counts);
    picked.inFlight -= 1;
    picked.outstandingTokens -= tokens;
    picked.waitingPromptTokens -= context.promptTokens;
    picked.expectedRestTokens -= context.outputTokens;
    strategy.onOutcome?.(picked, endings[0]!, 0);
  }
  return counts;
}

/** No call ends: each pick sees all earlier ones in flight. Returns how often each row was picked. */
function pickWithoutEnd(strategy: Strategy, deployments: readonly FakeDeployment[], picks: number): number[] {
  const counts = deployments.map(() => 0);
  const candidates = new FakeCandidates(deployments);
  for (let pick = 0; pick < picks; pick++) begin(strategy, candidates, counts);
  return counts;
}

/** One pick, entered into the deployment's numbers as the ledger does. */
function begin(strategy: Strategy, candidates: FakeCandidates, counts: number[]): FakeDeployment {
  const picked = candidates.pool[strategy.pick(candidates, context).row]!;
  picked.inFlight += 1;
  picked.outstandingTokens += tokens;
  picked.waitingPromptTokens += context.promptTokens;
  picked.expectedRestTokens += context.outputTokens;
  picked.usedRpm += 1;
  picked.usedTpm += tokens;
  counts[picked.row]! += 1;
  return picked;
}

function explain(strategy: Strategy, deployments: readonly FakeDeployment[], asked: PickContext): PickExplanation {
  const explanation = strategy.explain?.(new FakeCandidates(deployments), asked);
  assert.ok(explanation, "does not explain itself");
  return explanation;
}

function pickSequence(
  strategy: Strategy,
  picks: number,
  given: readonly Partial<FakeDeployment>[],
  between: (deployments: readonly FakeDeployment[]) => void = () => undefined,
): readonly number[] {
  const deployments = fakeDeployments(given);
  const candidates = new FakeCandidates(deployments);
  return Array.from({ length: picks }, () => {
    between(deployments);
    return begin(
      strategy,
      candidates,
      deployments.map(() => 0),
    ).row;
  });
}
