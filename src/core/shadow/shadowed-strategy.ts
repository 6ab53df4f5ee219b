import { seededRandom, type Random } from "../../lib/random.ts";
import type { Outcome } from "../outcome.ts";
import type { DeploymentView, LargeCandidates, PickContext, Strategy } from "../strategy.ts";
import { AnswerModel, featureCount, writeFeatures } from "./answer-model.ts";
import { PendingPicks } from "./pending-picks.ts";
import { ChangeTally, type ShadowCounts } from "./shadow-counts.ts";

/** A strategy that a group is routed by, with its name. */
interface NamedStrategy {
  readonly name: string;
  readonly strategy: Strategy;
}

/** What a {@link ShadowedStrategy} is made of. */
export interface ShadowedOptions {
  readonly group: string;
  /** The strategy that chooses. */
  readonly real: NamedStrategy;
  /** Those that are only asked what they would have chosen. */
  readonly shadows: readonly NamedStrategy[];
  /** The share of picks at which they are asked, above 0, up to 1. */
  readonly sample: number;
  /** Called once for a shadow that fails, which is not asked again. */
  readonly onFault: (error: unknown) => void;
}

/**
 * The strategy of a group, with others in its shadow: these are asked about a sample of its picks, right after it and about the same candidates.
 * What they say is counted and changes nothing. Chance of its own decides which picks are sampled, so that the real strategy draws what it
 * would draw without them.
 */
export class ShadowedStrategy implements Strategy {
  /** The real strategy's, if it has one. */
  explain?: NonNullable<Strategy["explain"]>;
  readonly #real: Strategy;
  readonly #sample: number;
  readonly #shadows: readonly Shadow[];
  readonly #random: Random;
  readonly #streams = new AnswerModel();
  readonly #replies = new AnswerModel();
  readonly #pending = new PendingPicks();
  /** Of the real choice, then of a shadow's. */
  readonly #features = new Float64Array(2 * featureCount);
  /** Picks until the next that is sampled. */
  #ahead: number;

  constructor({ group, real, shadows, sample, onFault }: ShadowedOptions) {
    this.#real = real.strategy;
    const explain = real.strategy.explain?.bind(real.strategy);
    if (explain !== undefined) this.explain = explain;
    this.#sample = sample;
    this.#random = seededRandom(seedOf(group));
    this.#shadows = shadows.map((shadow) => new Shadow(group, real.name, shadow, onFault));
    this.#ahead = this.#gap();
  }

  pick(candidates: LargeCandidates, context: PickContext): DeploymentView {
    const picked = this.#real.pick(candidates, context);
    if (--this.#ahead <= 0) {
      this.#ahead = this.#gap();
      // A single candidate is no choice. What is no candidate at all is refused by who asked.
      if ((candidates.many || candidates.length > 1) && candidates.includes(picked)) this.#compare(candidates, context, picked);
    }
    return picked;
  }

  /** Shadows hear of every attempt of the group, which the real strategy chose: also of picks that they were not asked about. */
  onOutcome(deployment: DeploymentView, outcome: Outcome, pickedAt: number): void {
    try {
      this.#real.onOutcome?.(deployment, outcome, pickedAt);
    } finally {
      for (const shadow of this.#shadows) shadow.onOutcome(deployment, outcome, pickedAt);
      this.#learn(deployment, outcome, pickedAt);
    }
  }

  /** What was counted of each shadow since the last time. */
  takeCounts(): readonly ShadowCounts[] {
    return this.#shadows.map((shadow) => shadow.take());
  }

  #compare(candidates: LargeCandidates, context: PickContext, picked: DeploymentView): void {
    const { now, stream, promptTokens } = context;
    const features = this.#features;
    const model = stream ? this.#streams : this.#replies;
    writeFeatures(features, 0, picked, promptTokens);
    const realMs = model.knows(picked.row) ? model.expect(picked.row, features, 0) : undefined;
    const realUsd = expectedCost(picked, context);
    for (const shadow of this.#shadows) {
      const other = shadow.ask(candidates, context);
      if (other === undefined) continue;
      shadow.count(other.row === picked.row);
      if (realMs !== undefined && model.knows(other.row)) {
        writeFeatures(features, featureCount, other, promptTokens);
        shadow.answerMs.add(realMs, model.expect(other.row, features, featureCount) - realMs);
      }
      const otherUsd = expectedCost(other, context);
      if (realUsd !== undefined && otherUsd !== undefined) shadow.costUsd.add(realUsd, otherUsd - realUsd);
    }
    this.#pending.add(picked.row, now, features);
  }

  #learn({ row }: DeploymentView, outcome: Outcome, pickedAt: number): void {
    const at = this.#pending.take(row, pickedAt);
    if (at === undefined || outcome.kind !== "success") return;
    const model = outcome.stream ? this.#streams : this.#replies;
    model.learn(row, this.#pending.features, at, outcome.firstTokenMs);
  }

  /** How many picks the next sampled one is ahead: each is sampled as likely as any other. */
  #gap(): number {
    return 1 + Math.floor(Math.log(1 - this.#random.next()) / Math.log(1 - this.#sample));
  }
}

/** One strategy in the shadow of another. */
class Shadow {
  readonly answerMs = new ChangeTally();
  readonly costUsd = new ChangeTally();
  readonly #group: string;
  readonly #beside: string;
  readonly #name: string;
  readonly #onFault: (error: unknown) => void;
  /** Undefined once it has failed. */
  #strategy: Strategy | undefined;
  #samples = 0;
  #agreed = 0;

  constructor(group: string, beside: string, { name, strategy }: NamedStrategy, onFault: (error: unknown) => void) {
    this.#group = group;
    this.#beside = beside;
    this.#name = name;
    this.#strategy = strategy;
    this.#onFault = onFault;
  }

  /** @returns Undefined when it has failed. */
  ask(candidates: LargeCandidates, context: PickContext): DeploymentView | undefined {
    if (this.#strategy === undefined) return undefined;
    try {
      const choice = this.#strategy.pick(candidates, context);
      if (candidates.includes(choice)) return choice;
      throw new TypeError("it picked what was not among its candidates");
    } catch (error) {
      this.#end(error);
      return undefined;
    }
  }

  onOutcome(deployment: DeploymentView, outcome: Outcome, pickedAt: number): void {
    try {
      this.#strategy?.onOutcome?.(deployment, outcome, pickedAt);
    } catch (error) {
      this.#end(error);
    }
  }

  count(agreed: boolean): void {
    this.#samples++;
    if (agreed) this.#agreed++;
  }

  take(): ShadowCounts {
    const counts = {
      group: this.#group,
      strategy: this.#beside,
      shadow: this.#name,
      samples: this.#samples,
      agreed: this.#agreed,
      answerMs: this.answerMs.take(),
      costUsd: this.costUsd.take(),
      failed: this.#strategy === undefined,
    };
    this.#samples = this.#agreed = 0;
    return counts;
  }

  #end(cause: unknown): void {
    this.#strategy = undefined;
    const message = `the shadow strategy ${this.#name} of group ${this.#group} failed, and is not asked again`;
    this.#onFault(new Error(message, { cause }));
  }
}

/** US dollars; undefined where a price is not known. */
function expectedCost(deployment: DeploymentView, { promptTokens, outputTokens }: PickContext): number | undefined {
  const { inputCostPerToken: input, outputCostPerToken: output } = deployment;
  return input === undefined || output === undefined ? undefined : promptTokens * input + outputTokens * output;
}

/** A number for a name: the same for the same one. */
export function seedOf(name: string): number {
  let seed = 0;
  for (let index = 0; index < name.length; index++) seed = (Math.imul(seed, 31) + name.charCodeAt(index)) | 0;
  return seed;
}
