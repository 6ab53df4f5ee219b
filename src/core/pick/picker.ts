import { CandidateList } from "./candidate-list.ts";
import type { Demand } from "./demand.ts";
import { eligibility } from "./eligibility.ts";
import type { Group, Tier } from "../table/group.ts";
import type { Ledger } from "../state/ledger.ts";
import type { PickContext, PickExplanation } from "../strategy.ts";
import { RoutedDeployment } from "../table/routed-deployment.ts";

/** What {@link Picker.pick} would do. */
export interface ExplainedPick {
  /** The demand that was met: the one asked for, or the same with deployments that are warming up. */
  readonly demand: Demand;
  readonly tier: Tier;
  readonly candidates: readonly RoutedDeployment[];
  /** Undefined when the strategy does not explain itself. */
  readonly explanation: PickExplanation | undefined;
  /** Undefined when only the strategy could tell, and does not. */
  readonly pick: RoutedDeployment | undefined;
}

/** Chooses the deployment for an attempt: the first tier with anything eligible, and there what the group's strategy says. */
export class Picker {
  readonly #ledger: Ledger;
  readonly #candidates: CandidateList;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#candidates = new CandidateList(ledger);
  }

  /** One of those among which {@link pick} would choose. */
  find(group: Group, demand: Demand): RoutedDeployment | undefined {
    return this.#choose(group, demand) === undefined ? undefined : this.#candidates.any;
  }

  /** @returns Undefined when nothing is eligible. Throws a TypeError when the strategy picks something else than a candidate. */
  pick(group: Group, demand: Demand, context: PickContext): RoutedDeployment | undefined {
    const met = this.#choose(group, demand);
    if (met === undefined) return undefined;
    const picked = group.strategy.pick(this.#candidates, context);
    // A strategy may come from a user's file. Limits hold even if it returns something else.
    if (!(picked instanceof RoutedDeployment) || eligibility(picked, met, this.#ledger) !== "eligible") {
      throw new TypeError(`the strategy of group ${group.name} picked what was not among its candidates`);
    }
    return picked;
  }

  /**
   * What {@link pick} would do, changing nothing.
   * @param onFault Called when the strategy, which may come from a user's file, fails to explain itself.
   * @returns Undefined when nothing is eligible.
   */
  explain(group: Group, demand: Demand, context: PickContext, onFault: (error: unknown) => void): ExplainedPick | undefined {
    const met = this.#choose(group, demand);
    if (met === undefined) return undefined;
    const candidates = [...this.#candidates];
    const explanation = this.#explanation(group, candidates, context, onFault);
    const only = candidates.length === 1 ? candidates[0] : undefined;
    return {
      demand: met,
      tier: this.#candidates.tier,
      candidates,
      explanation,
      pick: only ?? candidates.find((one) => one === explanation?.pick),
    };
  }

  #explanation(
    group: Group,
    candidates: readonly RoutedDeployment[],
    context: PickContext,
    onFault: (error: unknown) => void,
  ): PickExplanation | undefined {
    try {
      const explanation = group.strategy.explain?.(this.#candidates, context);
      if (explanation === undefined) return undefined;
      if (candidates.some((one) => one === explanation.pick) && hasOneForEach(explanation, candidates.length)) return explanation;
      throw new TypeError(`the strategy of group ${group.name} explained a pick that is not among its candidates, or not all of these`);
    } catch (error) {
      onFault(error);
      return undefined;
    }
  }

  /** Points the candidates at the first tier that has any. Deployments that are warming up count only where nothing else is left. */
  #choose(group: Group, demand: Demand): Demand | undefined {
    const met = this.#chooseTier(group, demand);
    return met !== undefined || demand.acceptWarming ? met : this.#chooseTier(group, { ...demand, acceptWarming: true });
  }

  #chooseTier(group: Group, demand: Demand): Demand | undefined {
    const elsewhere = demand.avoidedProviders === undefined ? undefined : elsewhereFirst(demand, demand.avoidedProviders);
    for (const tier of group.tiers) {
      if (elsewhere !== undefined && this.#candidates.fill(tier, elsewhere)) return elsewhere;
      if (this.#candidates.fill(tier, demand)) return demand;
    }
    return undefined;
  }
}

function hasOneForEach({ scores, details }: PickExplanation, count: number): boolean {
  return scores.length === count && (details === undefined || details.length === count);
}

/** The same demand, of deployments of other providers alone. */
function elsewhereFirst(demand: Demand, avoided: ReadonlySet<string>): Demand {
  const { tagFilter } = demand;
  return { ...demand, tagFilter: (entry) => !avoided.has(entry.deployment.provider) && (tagFilter?.(entry) ?? true) };
}
