import type { Strategy, StrategyDeps } from "../strategy.ts";
import type { StrategyChoice } from "../table-source.ts";

/**
 * The strategies in use, by the group they choose for. A group that stays over a change of the table keeps its strategy, and with it what
 * the strategy has learned, as long as it is configured the same.
 */
export class StrategyCache {
  readonly #deps: StrategyDeps;
  readonly #kept = new Map<string, { readonly choice: string; readonly strategy: Strategy }>();

  constructor(deps: StrategyDeps) {
    this.#deps = deps;
  }

  /** @param group A text that stands for the group. */
  get(group: string, choice: StrategyChoice): Strategy {
    const kept = this.#kept.get(group);
    if (kept !== undefined && kept.choice === choice.key) return kept.strategy;
    const strategy = choice.create(this.#deps);
    this.#kept.set(group, { choice: choice.key, strategy });
    return strategy;
  }
}
