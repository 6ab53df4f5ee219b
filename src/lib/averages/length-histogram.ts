/** Lengths of one octave fall into so many buckets: each is known to a fifth. */
const perOctave = 4;
/** From this length on, all are one bucket. */
const longest = 2 ** 18;
const buckets = perOctave * Math.log2(longest) + 2;
/** A length counts half as much as one that comes 1,000 later. */
const growth = 2 ** (1 / 1_000);
/** Weights grow instead of old counts shrinking; from here on all are scaled back at once. */
const heaviest = 1e12;
/** Sums over the tail are as old as so many lengths at most. */
const sumsAge = 16;

/** Says how much is left of something of which `seen` has come, where too little is known to tell. */
export type Expectation = (seen: number) => number;

/**
 * Lengths of things that have come to their end, in buckets that widen by a fifth, the older ones forgotten slowly. It tells the mean, and of
 * what has come to some length already, how much more there was of those that became longer. Bounded: about 2 KB.
 */
export class LengthHistogram {
  readonly #counts = new Float64Array(buckets);
  readonly #sums = new Float64Array(buckets);
  /** Of all buckets from one on. */
  readonly #countsFrom = new Float64Array(buckets + 1);
  readonly #sumsFrom = new Float64Array(buckets + 1);
  #weight = 1;
  /** Lengths since the sums over tails were made. */
  #added = 0;

  add(length: number): void {
    const bucket = bucketOf(length);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + this.#weight;
    this.#sums[bucket] = (this.#sums[bucket] ?? 0) + this.#weight * length;
    this.#weight *= growth;
    this.#added++;
    if (this.#weight > heaviest) this.#scaleBack();
    // Of the first ones, each counts.
    if (this.#added >= sumsAge || this.#weight < growth ** sumsAge) this.#sumTails();
  }

  /**
   * How much is likely to be left of something of which `seen` has come: the mean of what the longer ones had beyond it.
   * @param otherwise Tells it where few were longer; it counts as much as `trust` lengths do.
   */
  meanRest(seen: number, otherwise: Expectation, trust: number): number {
    const bucket = bucketOf(seen);
    const low = lowerBound(bucket);
    const width = lowerBound(bucket + 1) - low;
    // Of the lengths in the bucket of `seen`, those beyond it, as if they were spread evenly.
    const share = seen <= low ? 1 : Math.max(1 - (seen - low) / width, 0);
    const within = (this.#counts[bucket] ?? 0) * share;
    const mean = share === 1 ? (this.#sums[bucket] ?? 0) : within * (seen + ((1 - (seen - low) / width) * width) / 2);
    const count = within + (this.#countsFrom[bucket + 1] ?? 0);
    const beyond = mean + (this.#sumsFrom[bucket + 1] ?? 0) - count * seen;
    const lengths = count / this.#weight;
    return (Math.max(beyond, 0) / this.#weight + trust * otherwise(seen)) / (lengths + trust);
  }

  #sumTails(): void {
    this.#added = 0;
    for (let bucket = buckets - 1; bucket >= 0; bucket--) {
      this.#countsFrom[bucket] = (this.#countsFrom[bucket + 1] ?? 0) + (this.#counts[bucket] ?? 0);
      this.#sumsFrom[bucket] = (this.#sumsFrom[bucket + 1] ?? 0) + (this.#sums[bucket] ?? 0);
    }
  }

  #scaleBack(): void {
    for (let bucket = 0; bucket < buckets; bucket++) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) / this.#weight;
      this.#sums[bucket] = (this.#sums[bucket] ?? 0) / this.#weight;
    }
    this.#weight = 1;
    this.#sumTails();
  }
}

/** Bucket 0 holds what is shorter than 1. */
function bucketOf(length: number): number {
  return length < 1 ? 0 : Math.min(Math.floor(Math.log2(length) * perOctave) + 1, buckets - 1);
}

function lowerBound(bucket: number): number {
  return bucket === 0 ? 0 : 2 ** ((bucket - 1) / perOctave);
}
