import type { DeploymentView, LargeCandidates, PickExplanation, Strategy, StrategyPlugin } from "../core/strategy.ts";
import { TurnSchedule } from "../lib/search/turn-schedule.ts";

/** Credits this close are equal: the rounding of shares such as 1/7 must not decide between deployments. */
const rounding = 1e-9;

/** In a large group, how many deployments that may not serve are passed over before all that may are looked through. */
const patience = 64;

/** Schedules kept for large groups: those of the tiers in use, and of earlier tables, which calls in flight may still use. */
const fewestKept = 4;

type Pool = LargeCandidates["pool"];

/**
 * Weighted round robin, smooth: 5:1:1 gives a, a, b, a, c, a, a rather than five a's in a row. Each pick shares out one credit among the
 * candidates by weight; the richest is chosen and pays one. Ties go to the first.
 *
 * Counting in shares of a pick rather than in weights keeps every balance between about -1 and 1, so that neither a changed
 * weight nor a deployment that was away for a while has anything to catch up on: it goes on where it stopped, without a burst.
 *
 * Groups of 64 and more are served in the order of virtual deadlines instead ({@link TurnSchedule}): as smooth and as exact, but without a look
 * at all of them. There, a deployment that may not serve when its turn comes loses that turn.
 */
export const roundRobin: StrategyPlugin<undefined> = {
  name: "round-robin",
  byWeightAlone: true,
  parseConfig: () => undefined,
  create: () => new Turns(),
};

class Turns implements Strategy {
  /** By row. */
  #credits = new Float64Array(0);
  /** Of large groups, by pool. */
  readonly #schedules = new Map<Pool, TurnSchedule>();
  /** What {@link Turns.#isCandidate} looks at. */
  #many: LargeCandidates | undefined;

  pick(candidates: LargeCandidates): DeploymentView {
    if (candidates.many) return this.#pickOfMany(candidates, this.#keptSchedule(candidates.pool));
    const { length } = candidates;
    // With one candidate the credit would go out and come back.
    if (length === 1) return candidates.at(0);
    let totalWeight = 0;
    let lastRow = 0;
    for (let index = 0; index < length; index++) {
      const { weight, row } = candidates.at(index);
      totalWeight += weight;
      if (row > lastRow) lastRow = row;
    }
    if (lastRow >= this.#credits.length) this.#credits = grown(this.#credits, lastRow + 1);

    const credits = this.#credits;
    let best = candidates.at(0);
    let highest = -Infinity;
    for (let index = 0; index < length; index++) {
      const candidate = candidates.at(index);
      const credit = (credits[candidate.row] ?? 0) + shareOf(candidate, totalWeight, length);
      credits[candidate.row] = credit;
      if (credit > highest + rounding) {
        best = candidate;
        highest = credit;
      }
    }
    credits[best.row] = highest - 1;
    return best;
  }

  explain(candidates: LargeCandidates): PickExplanation {
    return candidates.many ? this.#explainMany(candidates) : this.#explainFew(candidates);
  }

  #explainFew(candidates: LargeCandidates): PickExplanation {
    let totalWeight = 0;
    for (const { weight } of candidates) totalWeight += weight;
    let pick = candidates.at(0);
    let highest = -Infinity;
    const scores: number[] = [];
    for (const candidate of candidates) {
      const credit = (this.#credits[candidate.row] ?? 0) + shareOf(candidate, totalWeight, candidates.length);
      scores.push(credit);
      if (credit <= highest + rounding) continue;
      pick = candidate;
      highest = credit;
    }
    return { pick, byChance: false, meaning: "credit that has gathered by weight, the most first, each pick costing 1", scores };
  }

  #explainMany(candidates: LargeCandidates): PickExplanation {
    const schedule = this.#schedules.get(candidates.pool)?.copy() ?? this.#newSchedule(candidates.pool);
    const slots = new Map(candidates.pool.map((one, slot) => [one, slot]));
    const scores = [...candidates].map((one) => schedule.credit(slots.get(one) ?? 0));
    const meaning = "credit that has gathered by weight, each pick costing 1; of those with any, the one whose next pick is due first";
    return { pick: this.#pickOfMany(candidates, schedule), byChance: false, meaning, scores };
  }

  #pickOfMany(candidates: LargeCandidates, schedule: TurnSchedule): DeploymentView {
    this.#many = candidates;
    const slot = schedule.next(this.#isCandidate, patience);
    return candidates.pool[slot] ?? firstDue(candidates, schedule);
  }

  readonly #isCandidate = (slot: number): boolean => {
    const deployment = this.#many?.pool[slot];
    return deployment !== undefined && this.#many?.includes(deployment) === true;
  };

  #keptSchedule(pool: Pool): TurnSchedule {
    let schedule = this.#schedules.get(pool);
    if (schedule === undefined) {
      this.#schedules.set(pool, (schedule = this.#newSchedule(pool)));
      for (const oldest of this.#schedules.keys()) if (this.#schedules.size > fewestKept) this.#schedules.delete(oldest);
    }
    return schedule;
  }

  /** A schedule that goes on from the credits of all schedules before. */
  #newSchedule(pool: Pool): TurnSchedule {
    for (const [known, schedule] of this.#schedules) {
      for (const [slot, { row }] of known.entries()) {
        if (row >= this.#credits.length) this.#credits = grown(this.#credits, row + 1);
        this.#credits[row] = schedule.credit(slot);
      }
    }
    return new TurnSchedule(
      pool.map(({ weight }) => weight),
      pool.map(({ row }) => this.#credits[row] ?? 0),
    );
  }
}

/** A candidate's share of one pick's credit. */
function shareOf({ weight }: DeploymentView, totalWeight: number, length: number): number {
  return totalWeight > 0 ? weight / totalWeight : 1 / length;
}

/** The candidate whose turn is due first; it takes that turn. */
function firstDue(candidates: LargeCandidates, schedule: TurnSchedule): DeploymentView {
  let best = candidates.at(0);
  let chosen = 0;
  let earliest = Infinity;
  for (const [slot, deployment] of candidates.pool.entries()) {
    const deadline = schedule.deadline(slot);
    if (deadline >= earliest || !candidates.includes(deployment)) continue;
    best = deployment;
    chosen = slot;
    earliest = deadline;
  }
  schedule.take(chosen);
  return best;
}

/** At least doubled, so that a group that grows row by row is not copied each time. */
function grown(array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
