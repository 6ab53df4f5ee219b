import { randomInt, type Random } from "../../lib/random.ts";
import type { Demand } from "./demand.ts";
import { eligibility } from "./eligibility.ts";
import type { Tier } from "../table/group.ts";
import type { Ledger } from "../state/ledger.ts";
import { largePool, Sample, sampleSize } from "./sample.ts";
import type { LargeCandidates, DeploymentView } from "../strategy.ts";
import { RoutedDeployment } from "../table/routed-deployment.ts";

/** Stands for a demand until the first tier is filled. */
const nothing: Demand = {
  now: 0,
  requestBytes: 0,
  maxOutputTokens: undefined,
  answers: 1,
  allowedRegion: undefined,
  wantsResponseSchema: false,
  enforceRateLimits: true,
  preCallChecks: false,
  tried: [],
  refusals: undefined,
  tagFilter: undefined,
  leastOrder: 0,
  highestOrder: 0,
  byId: false,
  acceptWarming: false,
};

/** Draws before all are listed, for each deployment of a tier: bad luck makes a pick at most an eighth dearer than listing at once. */
const drawsEach = 1 / 8;
/** The search for any eligible one goes through a large tier in such steps, as deployments that fail together often stand together. */
const stride = 7919;

/**
 * The eligible deployments of one tier. They are listed only when a strategy asks for them one by one, so in a group of thousands a strategy
 * that draws at random pays for its draws alone. All picks of a router reuse one list.
 */
export class CandidateList implements LargeCandidates {
  readonly #ledger: Ledger;
  #tier: Tier = { order: 0, backup: false, entries: [], cumulativeWeights: new Float64Array(0) };
  #demand: Demand = nothing;
  readonly #listed: RoutedDeployment[] = [];
  readonly #few = new Sample<RoutedDeployment>();
  #isListed = false;
  #draws = 0;
  /** One that the latest {@link fill} came upon; undefined where it had to list them. */
  #found: RoutedDeployment | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Points the list at a tier. Returns whether anything in it is eligible. */
  fill(tier: Tier, demand: Demand): boolean {
    this.#ledger.observe(demand.now);
    this.#tier = tier;
    this.#demand = demand;
    this.#isListed = false;
    this.#found = undefined;
    if (!this.many) return this.#list() > 0;
    const { length } = tier.entries;
    this.#draws = Math.floor(length * drawsEach);
    for (let look = 0; look < this.#draws; look++) {
      const entry = tier.entries[(look * stride) % length];
      if (entry !== undefined && this.#eligible(entry)) {
        this.#found = entry;
        return true;
      }
    }
    return this.#list() > 0;
  }

  /** The tier of the latest {@link fill}. */
  get tier(): Tier {
    return this.#tier;
  }

  /** Any of them. */
  get any(): RoutedDeployment {
    return this.#found ?? this.at(0);
  }

  get many(): boolean {
    return this.#tier.entries.length >= largePool;
  }

  get pool(): readonly RoutedDeployment[] {
    return this.#tier.entries;
  }

  get length(): number {
    return this.#list();
  }

  at(index: number): RoutedDeployment {
    this.#list();
    const entry = this.#listed[index];
    if (entry === undefined) throw new RangeError(`candidate ${index} of ${this.#listed.length}`);
    return entry;
  }

  includes(deployment: DeploymentView): boolean {
    return deployment instanceof RoutedDeployment && this.#eligible(deployment);
  }

  few(random: Random): LargeCandidates {
    if (!this.many) return this;
    for (let place = 0; place < sampleSize; place++) {
      this.#few.put(place, this.sample(random));
      // So few are eligible that they had to be listed: no need to draw.
      if (this.#isListed && this.#listed.length < largePool) return this;
    }
    return this.#few;
  }

  sample(random: Random): RoutedDeployment {
    for (let draw = 0; draw < this.#draws && !this.#isListed; draw++) {
      const entry = this.#tier.entries[randomInt(random, this.#tier.entries.length)];
      if (entry !== undefined && this.#eligible(entry)) return entry;
    }
    return this.at(randomInt(random, this.length));
  }

  sampleByWeight(random: Random): RoutedDeployment {
    const { entries, cumulativeWeights } = this.#tier;
    const total = cumulativeWeights[cumulativeWeights.length - 1] ?? 0;
    if (total <= 0) return this.sample(random);
    for (let draw = 0; draw < this.#draws && !this.#isListed; draw++) {
      const entry = entries[drawn(cumulativeWeights, random.next() * total)];
      if (entry !== undefined && this.#eligible(entry)) return entry;
    }
    return this.#scanByWeight(random);
  }

  *[Symbol.iterator](): Iterator<RoutedDeployment> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  #scanByWeight(random: Random): RoutedDeployment {
    const count = this.#list();
    let whole = 0;
    for (let index = 0; index < count; index++) whole += this.at(index).weight;
    if (whole <= 0) return this.sample(random);
    const value = random.next() * whole;
    let sum = 0;
    let index = 0;
    for (; index < count - 1; index++) {
      sum += this.at(index).weight;
      if (covers(sum, value, whole)) break;
    }
    return this.at(index);
  }

  #list(): number {
    if (this.#isListed) return this.#listed.length;
    let count = 0;
    for (const entry of this.#tier.entries) if (this.#eligible(entry)) this.#listed[count++] = entry;
    this.#listed.length = count;
    this.#isListed = true;
    return count;
  }

  #eligible(entry: RoutedDeployment): boolean {
    return eligibility(entry, this.#demand, this.#ledger) === "eligible";
  }
}

/** The first index whose running sum covers a value: a binary search. */
function drawn(sums: Float64Array, value: number): number {
  const whole = sums[sums.length - 1] ?? 0;
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (covers(sums[middle] ?? 0, value, whole)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** True also at the whole itself, to which a draw times a tiny whole can round up: the last deployment with weight is drawn then. */
function covers(sum: number, value: number, whole: number): boolean {
  return sum > value || sum === whole;
}
