import { AnswerLengths } from "../flow/answer-lengths.ts";
import { PrefixMemory } from "../flow/prefix-memory.ts";
import { seededRandom } from "../../lib/random.ts";
import { seedOf, ShadowedStrategy } from "../shadow/shadowed-strategy.ts";
import type { Strategy, StrategyDeps } from "../strategy.ts";
import type { ShadowChoices, StrategyChoice } from "../table-source.ts";

/** A configured group, with how it is routed. */
export interface ShadowedGroup {
  readonly name: string;
  readonly strategy: StrategyChoice;
  readonly shadows: ShadowChoices;
}

/**
 * The strategies in use, by the group they choose for. A group that stays over a change of the table keeps its strategy, and with it what
 * the strategy has learned, as long as it is configured the same.
 */
export class StrategyCache {
  readonly #deps: StrategyDeps;
  readonly #kept = new Map<string, { readonly choice: string; readonly strategy: Strategy }>();

  readonly #lengths = new Map<string, AnswerLengths>();
  readonly #prefixes = new Map<string, PrefixMemory>();
  /** By the group's name. */
  readonly #shadowed = new Map<string, { readonly key: string; readonly strategy: ShadowedStrategy }>();
  readonly #onFault: (error: unknown) => void;

  /** @param onFault Called once for each shadow that fails. */
  constructor(deps: StrategyDeps, onFault: (error: unknown) => void) {
    this.#deps = deps;
    this.#onFault = onFault;
  }

  /** @param group A text that stands for the group. */
  get(group: string, choice: StrategyChoice): Strategy {
    const kept = this.#kept.get(group);
    if (kept !== undefined && kept.choice === choice.key) return kept.strategy;
    const strategy = choice.create(this.#deps);
    this.#kept.set(group, { choice: choice.key, strategy });
    return strategy;
  }

  /**
   * The same with others in its shadow, each with a clock and chance of its own: the real strategy draws what it would draw without them.
   * @param key As {@link get} takes it.
   */
  shadowed(key: string, { name, strategy, shadows }: ShadowedGroup): Strategy {
    const real = this.get(key, strategy);
    const { sample } = shadows;
    const choices = shadows.choices.filter((choice) => choice.name !== strategy.name);
    if (choices.length === 0) return real;
    const all = [strategy, ...choices].map((choice) => choice.key);
    const allKeys = JSON.stringify([key, sample, all]);
    const kept = this.#shadowed.get(name);
    if (kept?.key === allKeys) return kept.strategy;
    const { clock } = this.#deps;
    const made = choices.map((choice) => ({
      name: choice.name,
      strategy: choice.create({ clock, random: seededRandom(seedOf(`${name} ${choice.key}`)) }),
    }));
    const together = new ShadowedStrategy({
      group: name,
      real: { name: strategy.name, strategy: real },
      shadows: made,
      sample,
      onFault: this.#onFault,
    });
    this.#shadowed.set(name, { key: allKeys, strategy: together });
    return together;
  }

  /** How long the answers of a group are, which no change of its strategy makes forgotten. @param group A text that stands for the group. */
  lengthsOf(group: string): AnswerLengths {
    let lengths = this.#lengths.get(group);
    if (lengths === undefined) this.#lengths.set(group, (lengths = new AnswerLengths()));
    return lengths;
  }

  /** Which deployments have read which prompts of a group; kept in the same way. */
  prefixesOf(group: string): PrefixMemory {
    let prefixes = this.#prefixes.get(group);
    if (prefixes === undefined) this.#prefixes.set(group, (prefixes = new PrefixMemory()));
    return prefixes;
  }
}
