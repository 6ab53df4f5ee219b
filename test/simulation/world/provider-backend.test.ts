import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../../src/lib/random.ts";
import { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import { draw, type Distribution } from "../../../src/simulation/world/distribution.ts";
import { ProviderBackend } from "../../../src/simulation/world/provider-backend.ts";
import { type ProviderSpec, usualProvider } from "../../../src/simulation/world/provider-spec.ts";
import { goOnTo, sendWork } from "./heard-reply.ts";

const steady: ProviderSpec = { ...usualProvider, firstMs: 500, tokensPerSecond: 20 };

function provider(over: Partial<ProviderSpec> = {}): { clock: VirtualClock; backend: ProviderBackend } {
  const clock = new VirtualClock();
  return { clock, backend: new ProviderBackend({ ...steady, ...over }, clock, seededRandom(1)) };
}

describe("a simulated provider", () => {
  it("streams at its pace, and tells its progress each 250 ms", () => {
    const { clock, backend } = provider();
    const heard = sendWork(backend, clock, { outputTokens: 21 });
    goOnTo(clock, 10_000);
    assert.equal(heard.headAt, 500);
    assert.deepEqual(heard.progress, [
      [500, 1],
      [750, 6],
      [1_000, 11],
      [1_250, 16],
      [1_500, 21],
    ]);
    assert.deepEqual([heard.usage, heard.endAt], [21, 1_500]);
  });

  it("tells a whole answer at its end", () => {
    const { clock, backend } = provider();
    const heard = sendWork(backend, clock, { outputTokens: 11 }, false);
    goOnTo(clock, 10_000);
    assert.deepEqual([heard.headAt, heard.usage, heard.endAt], [1_000, 11, 1_000]);
  });

  it("tells nothing of what was given up", () => {
    const { clock, backend } = provider();
    const [early, late] = [sendWork(backend, clock), sendWork(backend, clock, { outputTokens: 1_000 })];
    early.exchange?.abort();
    goOnTo(clock, 1_000);
    late.exchange?.abort();
    goOnTo(clock, 100_000);
    assert.deepEqual([early.headAt, late.endAt], [undefined, undefined]);
    assert.equal(clock.pending, 0);
  });

  it("refuses what is over its requests a minute, and says when to come back", () => {
    const { clock, backend } = provider({ rpm: 60, burstMs: 10_000 });
    const heard = Array.from({ length: 12 }, () => sendWork(backend, clock));
    goOnTo(clock, 5_000);
    assert.deepEqual(
      heard.map(({ status }) => status),
      [...Array.from({ length: 10 }, () => 200), 429, 429],
    );
    assert.equal(heard[11]?.headers["retry-after-ms"], "1000");
    // Five have come back by now, none of which the refused ones took.
    const later = Array.from({ length: 6 }, () => sendWork(backend, clock));
    goOnTo(clock, 8_000);
    assert.deepEqual(
      later.map(({ status }) => status),
      [200, 200, 200, 200, 200, 429],
    );
  });

  it("counts tokens of prompts and answers, and lets a request that no burst holds wait for a full one", () => {
    const { clock, backend } = provider({ tpm: 60_000, burstMs: 10_000 });
    const big = sendWork(backend, clock, { promptTokens: 14_000, outputTokens: 1_000 });
    const next = sendWork(backend, clock, { promptTokens: 900, outputTokens: 100 });
    goOnTo(clock, 100);
    assert.equal(next.status, 429);
    // 5,000 are owed and 1,000 needed, at one a millisecond.
    assert.equal(next.headers["retry-after-ms"], "6000");
    goOnTo(clock, 6_000);
    const then = sendWork(backend, clock, { promptTokens: 900, outputTokens: 100 });
    goOnTo(clock, 60_000);
    assert.deepEqual([big.status, then.status], [200, 200]);
  });

  it("counts answers at their end where the provider does", () => {
    const { clock, backend } = provider({ tpm: 6_000, burstMs: 10_000, countsAnswers: "at end" });
    const first = sendWork(backend, clock, { promptTokens: 500, outputTokens: 400 });
    const second = sendWork(backend, clock, { promptTokens: 500, outputTokens: 400 });
    goOnTo(clock, 1_000);
    assert.deepEqual([first.status, second.status], [200, 200]);
  });

  const tellings: readonly [ProviderSpec["tells"], readonly string[], readonly string[]][] = [
    ["nothing", [], []],
    ["retry-after", [], ["retry-after-ms"]],
    ["limits", ["x-left-requests", "x-reset-ms"], ["retry-after-ms", "x-left-requests", "x-reset-ms"]],
  ];
  for (const [tells, onAnswers, onRefusals] of tellings) {
    it(`tells ${tells} where that is its way`, () => {
      const { clock, backend } = provider({ rpm: 6, burstMs: 10_000, tells });
      const [served, refused] = [sendWork(backend, clock), sendWork(backend, clock)];
      goOnTo(clock, 1_000);
      assert.deepEqual([served.status, refused.status], [200, 429]);
      assert.deepEqual([Object.keys(served.headers), Object.keys(refused.headers)], [onAnswers, onRefusals]);
    });
  }

  it("fails as often as it is said to", () => {
    const { clock, backend } = provider({ errorRate: 0.25, errorStatus: 500 });
    const heard = Array.from({ length: 4_000 }, () => sendWork(backend, clock, { outputTokens: 1 }));
    goOnTo(clock, 10_000);
    const failed = heard.filter(({ status }) => status === 500).length;
    assert.ok(Math.abs(failed - 1_000) < 100, `${failed} failed`);
  });

  it("takes a part of its quota, and works at a part of its speed, from one moment to another", () => {
    const { clock, backend } = provider({ rpm: 120, burstMs: 10_000 });
    backend.setQuota(0.5);
    backend.setSpeed(0.5);
    const heard = Array.from({ length: 11 }, () => sendWork(backend, clock, { outputTokens: 21 }));
    goOnTo(clock, 1_000);
    assert.deepEqual([heard[9]?.status, heard[10]?.status, heard[0]?.headAt], [200, 429, 1_000]);
    backend.setSpeed(0);
    goOnTo(clock, 100_000);
    assert.equal(heard[0]?.endAt, undefined);
    backend.setSpeed(1);
    goOnTo(clock, 200_000);
    assert.equal(heard[0]?.endAt, 101_000);
  });
});

describe("a distribution", () => {
  for (const spread of [1.2, 3, 10]) {
    it(`has the mean and the 99th percentile that it is given, ${spread} times the mean`, () => {
      const random = seededRandom(7);
      const wanted: Distribution = { mean: 400, p99: 400 * spread };
      const drawn = Array.from({ length: 100_000 }, () => draw(wanted, random)).toSorted((one, other) => one - other);
      const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
      assert.ok(Math.abs(mean / 400 - 1) < 0.05, `mean ${mean}`);
      assert.ok(Math.abs((drawn[99_000] ?? 0) / wanted.p99 - 1) < 0.1, `p99 ${drawn[99_000]}`);
    });
  }
});
