/**
 * What was counted of one shadow strategy beside the strategy that a group is routed by. All of it can be added up: over threads, and over
 * time.
 */
export interface ShadowCounts {
  readonly group: string;
  /** The name of the strategy that the group is routed by. */
  readonly strategy: string;
  /** The name of the shadow. */
  readonly shadow: string;
  /** Picks at which the shadow was asked. */
  readonly samples: number;
  /** Those of them at which it chose the same deployment. */
  readonly agreed: number;
  /** Milliseconds until a stream's first content, or a whole reply, that the shadow's choice would have taken more; below 0: less. */
  readonly answerMs: SummedChange;
  /** The same for the expected price of the call, in US dollars. */
  readonly costUsd: SummedChange;
  /** Whether the shadow has failed, and is no longer asked. */
  readonly failed: boolean;
}

/** Estimates of what a choice would have changed, as sums. */
export interface SummedChange {
  /** How many picks could be estimated. */
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
  /** What was expected of the real choices, summed. */
  readonly real: number;
}

/** A {@link SummedChange} as figures. */
export interface MeanChange {
  /** How many picks it is the mean of. */
  readonly count: number;
  readonly mean: number;
  /** The standard error of the mean. */
  readonly standardError: number;
  /** The mean of what was expected of the real choices. */
  readonly real: number;
}

/** Fewer estimates have no standard error that means anything. */
const fewestEstimates = 30;

export const noChange: SummedChange = { count: 0, sum: 0, squares: 0, real: 0 };

/** The mean of estimates and how sure it is. Undefined below 30 of them. */
export function meanChange({ count, sum, squares, real }: SummedChange): MeanChange | undefined {
  if (count < fewestEstimates) return undefined;
  const mean = sum / count;
  const variance = Math.max(0, squares - sum * mean) / (count - 1);
  return { count, mean, standardError: Math.sqrt(variance / count), real: real / count };
}

/** Both counts together. They are of the same group and shadow. */
export function addShadowCounts(one: ShadowCounts, other: ShadowCounts): ShadowCounts {
  return {
    group: one.group,
    strategy: one.strategy,
    shadow: one.shadow,
    samples: one.samples + other.samples,
    agreed: one.agreed + other.agreed,
    answerMs: addChanges(one.answerMs, other.answerMs),
    costUsd: addChanges(one.costUsd, other.costUsd),
    failed: one.failed || other.failed,
  };
}

function addChanges(one: SummedChange, other: SummedChange): SummedChange {
  return {
    count: one.count + other.count,
    sum: one.sum + other.sum,
    squares: one.squares + other.squares,
    real: one.real + other.real,
  };
}

/** Sums up estimates as they come. */
export class ChangeTally {
  #count = 0;
  #sum = 0;
  #squares = 0;
  #real = 0;

  /** @param real What was expected of the real choice. @param change How much more was expected of the shadow's. */
  add(real: number, change: number): void {
    this.#count++;
    this.#sum += change;
    this.#squares += change * change;
    this.#real += real;
  }

  /** What was summed up since the last time. */
  take(): SummedChange {
    const taken = { count: this.#count, sum: this.#sum, squares: this.#squares, real: this.#real };
    this.#count = this.#sum = this.#squares = this.#real = 0;
    return taken;
  }
}
