import { AnswerLengths } from "../flow/answer-lengths.ts";
import type { Strategy, StrategyDeps } from "../strategy.ts";
import type { StrategyChoice } from "../table-source.ts";

/**
 * The strategies in use, by the group they choose for. A group that stays over a change of the table keeps its strategy, and with it what
 * the strategy has learned, as long as it is configured the same.
 */
export class StrategyCache {
  readonly #deps: StrategyDeps;
  readonly #kept = new Map<string, { readonly choice: string; readonly strategy: Strategy }>();

  readonly #lengths = new Map<string, AnswerLengths>();

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

  /** How long the answers of a group are, which no change of its strategy makes forgotten. @param group A text that stands for the group. */
  lengthsOf(group: string): AnswerLengths {
    let lengths = this.#lengths.get(group);
    if (lengths === undefined) this.#lengths.set(group, (lengths = new AnswerLengths()));
    return lengths;
  }
}
