import { CandidateList } from "./candidate-list.ts";
import { eligibility, type Demand } from "./eligibility.ts";
import type { Group } from "./group.ts";
import type { Ledger } from "./ledger.ts";
import type { PickContext } from "./strategy.ts";
import { TableEntry } from "./table-entry.ts";

/** Chooses the deployment for an attempt: the first tier with anything eligible, and there what the group's strategy says. */
export class Picker {
  readonly #ledger: Ledger;
  readonly #candidates: CandidateList;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#candidates = new CandidateList(ledger);
  }

  /** Whether {@link pick} would find one. */
  canPick(group: Group, demand: Demand): boolean {
    return group.tiers.some((tier) => this.#candidates.fill(tier, demand));
  }

  /** @returns undefined when nothing is eligible. */
  pick(group: Group, demand: Demand, context: PickContext): TableEntry | undefined {
    for (const tier of group.tiers) {
      if (!this.#candidates.fill(tier, demand)) continue;
      const picked = group.strategy.pick(this.#candidates, context);
      // A strategy may come from a user's file: limits hold whatever it returns.
      if (!(picked instanceof TableEntry) || eligibility(picked, demand, this.#ledger) !== "eligible") {
        throw new TypeError(`the strategy of group ${group.name} picked what was not among its candidates`);
      }
      return picked;
    }
    return undefined;
  }
}
