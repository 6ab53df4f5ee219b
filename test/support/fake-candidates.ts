import assert from "node:assert/strict";
import type { Candidates, DeploymentView, PickContext } from "../../src/core/strategy.ts";
import { randomInt } from "../../src/lib/random.ts";
import type { Random } from "../../src/lib/random.ts";

/** A deployment whose every number a test can set at any time. */
export type FakeDeployment = { -readonly [Key in keyof DeploymentView]: DeploymentView[Key] };

/** Weight 1, no limits, no prices, idle and never measured, but for what is given. */
export function fakeDeployment(row: number, given: Partial<FakeDeployment> = {}): FakeDeployment {
  return {
    id: `deployment-${row}`,
    row,
    weight: 1,
    inputCostPerToken: undefined,
    outputCostPerToken: undefined,
    rpmLimit: Infinity,
    tpmLimit: Infinity,
    inFlight: 0,
    outstandingTokens: 0,
    usedRpm: 0,
    usedTpm: 0,
    firstTokenMs: undefined,
    msPerToken: undefined,
    peakFirstTokenMs: undefined,
    peakMsPerToken: undefined,
    firstTokenMeasuredAt: -Infinity,
    perTokenMeasuredAt: -Infinity,
    failureRate: 0,
    ...given,
  };
}

/** One deployment for each entry, in rows 0, 1, 2, … */
export function fakeDeployments(given: readonly Partial<FakeDeployment>[]): FakeDeployment[] {
  return given.map((one, row) => fakeDeployment(row, one));
}

/** Measured at `measuredAt`: averages and peaks alike, one token taking a tenth of the first one's time. */
export function measured(firstTokenMs: number, measuredAt: number): Partial<FakeDeployment> {
  return {
    firstTokenMs,
    peakFirstTokenMs: firstTokenMs,
    msPerToken: firstTokenMs / 10,
    peakMsPerToken: firstTokenMs / 10,
    firstTokenMeasuredAt: measuredAt,
    perTokenMeasuredAt: measuredAt,
  };
}

/** The candidates of a pick, over a plain array. */
export class FakeCandidates implements Candidates {
  readonly #deployments: readonly FakeDeployment[];

  constructor(deployments: readonly FakeDeployment[]) {
    if (deployments.length === 0) throw new RangeError("there is always a candidate");
    this.#deployments = deployments;
  }

  get length(): number {
    return this.#deployments.length;
  }

  at(index: number): FakeDeployment {
    const deployment = this.#deployments[index];
    if (deployment === undefined) throw new RangeError(`no candidate ${index} among ${this.length}`);
    return deployment;
  }

  sample(random: Random): FakeDeployment {
    return this.at(randomInt(random, this.length));
  }

  sampleByWeight(random: Random): FakeDeployment {
    const total = this.#deployments.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) return this.sample(random);
    const drawn = random.next() * total;
    let sum = 0;
    // A draw times a tiny total can round up to the total: even then nobody without weight is drawn.
    const found = this.#deployments.find(({ weight }) => (sum += weight) > drawn || sum === total);
    assert.ok(found !== undefined, "some weight adds up to the total");
    return found;
  }

  [Symbol.iterator](): Iterator<FakeDeployment> {
    return this.#deployments[Symbol.iterator]();
  }
}

/** A streamed call of 100 prompt and 200 output tokens, but for what is given. */
export function fakeContext(given: Partial<PickContext> = {}): PickContext {
  return { now: 1_000_000, stream: true, promptTokens: 100, outputTokens: 200, ...given };
}
