import assert from "node:assert/strict";
import { largePool, Sample, sampleSize } from "../../src/core/pick/sample.ts";
import type { LargeCandidates, DeploymentView, PickContext } from "../../src/core/strategy.ts";
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
    waitingPromptTokens: 0,
    expectedRestTokens: 0,
    usedRpm: 0,
    usedTpm: 0,
    quotaUsed: 0,
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

/** The candidates of a pick, over a plain array, in which weights stand still. */
export class FakeCandidates implements LargeCandidates {
  readonly pool: readonly FakeDeployment[];
  readonly #deployments: readonly FakeDeployment[];
  readonly #sums: readonly number[];
  #pooled: ReadonlySet<DeploymentView> | undefined;
  #present: ReadonlySet<DeploymentView> | undefined;
  readonly #few = new Sample<FakeDeployment>();

  /** @param pool What they were taken from: more than these, where some may not serve. */
  constructor(deployments: readonly FakeDeployment[], pool = deployments) {
    if (deployments.length === 0) throw new RangeError("there is always a candidate");
    this.pool = pool;
    this.#deployments = deployments;
    let sum = 0;
    this.#sums = deployments.map(({ weight }) => (sum += weight));
  }

  get length(): number {
    return this.#deployments.length;
  }

  get many(): boolean {
    return this.pool.length >= largePool;
  }

  at(index: number): FakeDeployment {
    const deployment = this.#deployments[index];
    if (deployment === undefined) throw new RangeError(`no candidate ${index} among ${this.length}`);
    return deployment;
  }

  includes(deployment: DeploymentView): boolean {
    this.#pooled ??= new Set(this.pool);
    this.#present ??= new Set(this.#deployments);
    assert.ok(this.#pooled.has(deployment), `${deployment.id} is not of this pool`);
    return this.#present.has(deployment);
  }

  few(random: Random): LargeCandidates {
    if (!this.many) return this;
    for (let place = 0; place < sampleSize; place++) this.#few.put(place, this.sample(random));
    return this.#few;
  }

  sample(random: Random): FakeDeployment {
    return this.at(randomInt(random, this.length));
  }

  sampleByWeight(random: Random): FakeDeployment {
    const total = this.#sums.at(-1) ?? 0;
    if (total === 0) return this.sample(random);
    const drawn = random.next() * total;
    // A draw times a tiny total can round up to the total: even then nobody without weight is drawn.
    let low = 0;
    for (let high = this.length - 1; low < high;) {
      const middle = (low + high) >>> 1;
      const sum = this.#sums[middle] ?? 0;
      if (sum > drawn || sum === total) high = middle;
      else low = middle + 1;
    }
    return this.at(low);
  }

  [Symbol.iterator](): Iterator<FakeDeployment> {
    return this.#deployments[Symbol.iterator]();
  }
}

/** A streamed call of 100 prompt and 200 output tokens, but for what is given. */
export function fakeContext(given: Partial<PickContext> = {}): PickContext {
  return { now: 1_000_000, stream: true, promptTokens: 100, outputTokens: 200, ...given };
}
