import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { Outcome } from "./outcome.ts";

/**
 * How one of several deployments is chosen. A strategy does no I/O, keeps no timers and never looks for what is eligible:
 * that was settled before it is asked.
 */
export interface Strategy {
  /** Synchronous. Must return one of `candidates`. */
  pick(candidates: Candidates, context: PickContext): DeploymentView;
  /** What `pick` would make of these candidates now, for people who ask. Changes nothing that a later pick sees. */
  explain?(candidates: Candidates, context: PickContext): PickExplanation;
  /** Called exactly once for every pick, when its attempt has ended. */
  onOutcome?(deployment: DeploymentView, outcome: Outcome): void;
}

export interface PickExplanation {
  /** The one that `pick` would return, or, where chance decides, might. */
  readonly pick: DeploymentView;
  /** Whether chance decides, so that another call may go elsewhere. */
  readonly byChance: boolean;
  /** What the scores are and which one wins: "calls in flight, the fewest first". */
  readonly meaning: string;
  /** One for each candidate, in their order. */
  readonly scores: readonly number[];
}

/** The deployments that may serve this call now and were not tried yet. Never empty. Valid during the pick only. */
export interface Candidates extends Iterable<DeploymentView> {
  readonly length: number;
  /** @param index 0 … length - 1 */
  at(index: number): DeploymentView;
  /** One of them, each as likely as any other. Cheaper than `at(random index)` in a very large group: it need not list them all. */
  sample(random: Random): DeploymentView;
  /** One of them, as likely as its share of the candidates' weight; uniform when all weights are 0. */
  sampleByWeight(random: Random): DeploymentView;
  /**
   * These candidates themselves, or, in a group of 64 and more, a few of them: 8 are drawn evenly, possibly one more than once. What looks at
   * the few costs the same however large the group is. Valid until `few` is called again.
   */
  few(random: Random): Candidates;
  /** Whether `few` draws, so that chance decides who is looked at at all. */
  readonly many: boolean;
  /**
   * All that these candidates were taken from, whether or not they may serve now, in the order of the configuration. The very same array
   * until the configuration or a weight changes: what a strategy computes of it once can be kept beside it. Costs nothing to ask for.
   */
  readonly pool: readonly DeploymentView[];
  /** Whether one of the pool is a candidate. Looks at this one only. */
  includes(deployment: DeploymentView): boolean;
}

export interface PickContext {
  /** Milliseconds on the router's clock. */
  readonly now: number;
  readonly stream: boolean;
  /** Estimated, from the request's size. */
  readonly promptTokens: number;
  /** Estimated, from the caller's cap and what this deployment's answers were like. */
  readonly outputTokens: number;
}

/** What a strategy sees of a deployment: settings as configured, and live numbers read from the ledger at the moment of asking. */
export interface DeploymentView {
  readonly id: string;
  /** Dense and stable for the life of the deployment: good as an index into a strategy's own arrays. */
  readonly row: number;
  /**
   * The group's traffic weight: `weight` where any deployment of the group sets one, else `rpm`, else `tpm`, else 1.
   * Never negative; deployments of weight 0 are backups and become candidates only when nothing else is eligible.
   */
  readonly weight: number;
  /** USD; undefined when unknown. 0 is free. */
  readonly inputCostPerToken: number | undefined;
  readonly outputCostPerToken: number | undefined;
  /** Per minute; Infinity without a limit. */
  readonly rpmLimit: number;
  readonly tpmLimit: number;
  /** Attempts that have not ended; a stream counts until its last byte. */
  readonly inFlight: number;
  /** Tokens reserved for attempts in flight. */
  readonly outstandingTokens: number;
  /** Requests begun and tokens reserved or used within the last 60 s. */
  readonly usedRpm: number;
  readonly usedTpm: number;
  /** Exponentially weighted means; failures enter as a penalty. Undefined before the first sample. */
  readonly firstTokenMs: number | undefined;
  readonly msPerToken: number | undefined;
  /** Like `firstTokenMs`, but a slower sample replaces it at once and only faster ones are averaged in. */
  readonly peakFirstTokenMs: number | undefined;
  readonly peakMsPerToken: number | undefined;
  /** When `firstTokenMs` and `msPerToken` were last fed, on the router's clock; -Infinity before. */
  readonly firstTokenMeasuredAt: number;
  readonly perTokenMeasuredAt: number;
  /** 0 … 1, exponentially weighted. */
  readonly failureRate: number;
}

/** A strategy as it is listed, configured and made; one strategy is created for each group. */
export interface StrategyPlugin<Config = unknown> {
  /** As written in `router_settings.routing_strategy`. */
  readonly name: string;
  /** Other names of the same strategy. */
  readonly aliases?: readonly string[];
  /** Reads `routing_strategy_args`. Problems go to the reader, which knows the line. */
  parseConfig(args: ConfigReader): Config;
  create(config: Config, deps: StrategyDeps): Strategy;
}

export interface StrategyDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** Reads a map of settings key by key; a wrong type or range becomes a problem with its line, and the default is returned. */
export interface ConfigReader {
  number(key: string, options: NumberOption): number;
  boolean(key: string, options: BooleanOption): boolean;
  /** One of a closed list. */
  choice<Choice extends string>(key: string, options: ChoiceOption<Choice>): Choice;
}

export interface NumberOption {
  readonly default: number;
  /** What it does, its unit, and why the default is what it is. Also goes into the published JSON Schema. */
  readonly description: string;
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

export interface BooleanOption {
  readonly default: boolean;
  readonly description: string;
}

export interface ChoiceOption<Choice extends string> {
  readonly default: Choice;
  readonly choices: readonly Choice[];
  readonly description: string;
}
