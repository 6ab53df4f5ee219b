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
    return this.#choose(group, demand) !== undefined;
  }

  /** @returns undefined when nothing is eligible. */
  pick(group: Group, demand: Demand, context: PickContext): TableEntry | undefined {
    const met = this.#choose(group, demand);
    if (met === undefined) return undefined;
    const picked = group.strategy.pick(this.#candidates, context);
    // A strategy may come from a user's file: limits hold whatever it returns.
    if (!(picked instanceof TableEntry) || eligibility(picked, met, this.#ledger) !== "eligible") {
      throw new TypeError(`the strategy of group ${group.name} picked what was not among its candidates`);
    }
    return picked;
  }

  /** Points the candidates at the first tier that has any; deployments that are warming up count only where there is nobody else. */
  #choose(group: Group, demand: Demand): Demand | undefined {
    for (const tier of group.tiers) if (this.#candidates.fill(tier, demand)) return demand;
    if (demand.acceptWarming) return undefined;
    const warming = { ...demand, acceptWarming: true };
    for (const tier of group.tiers) if (this.#candidates.fill(tier, warming)) return warming;
    return undefined;
  }
}
