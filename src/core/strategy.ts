import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { Outcome } from "./outcome.ts";

/**
 * Chooses one of several deployments. A strategy does no I/O, keeps no timers and never checks eligibility: the core has done that
 * before it asks.
 *
 * Where a method declares {@link Candidates}, it sees the plain case. The core always hands over {@link LargeCandidates}, so a strategy that
 * needs their members declares these instead, or leaves the type out.
 *
 * @example
 * // The deployment with the most room below its rpm limit; chance decides between equals.
 * import type { Candidates, DeploymentView, StrategyPlugin } from "huntgroup/strategy";
 *
 * const mostRoom: StrategyPlugin<undefined> = {
 *   name: "most-room",
 *   parseConfig: () => undefined,
 *   create: (_config, { random }) => ({
 *     pick(candidates: Candidates): DeploymentView {
 *       let best = candidates.at(0);
 *       let ties = 0;
 *       for (const candidate of candidates) {
 *         const more = candidate.rpmLimit - candidate.usedRpm - (best.rpmLimit - best.usedRpm);
 *         if (more < 0) continue;
 *         ties = more > 0 ? 1 : ties + 1;
 *         if (random.next() * ties < 1) best = candidate;
 *       }
 *       return best;
 *     },
 *   }),
 * };
 *
 * export default mostRoom;
 */
export interface Strategy {
  /** Must return one of `candidates`, synchronously. */
  pick(candidates: LargeCandidates, context: PickContext): DeploymentView;
  /** Says what `pick` would make of these candidates now, for people who ask. Must change nothing that a later pick sees. */
  explain?(candidates: LargeCandidates, context: PickContext): PickExplanation;
  /**
   * Called exactly once for every pick, when its attempt has ended. A shadow (`router_settings.shadow_strategies`) hears of the attempts that
   * the real strategy's picks led to instead: of all of them, also where it was not asked.
   * @param pickedAt `PickContext.now` of that pick.
   */
  onOutcome?(deployment: DeploymentView, outcome: Outcome, pickedAt: number): void;
}

/** What {@link Strategy.explain} tells of a pick. */
export interface PickExplanation {
  /** The deployment that `pick` would return or, where chance decides, might return. */
  readonly pick: DeploymentView;
  /** Whether chance decides, so that another call may go elsewhere. */
  readonly byChance: boolean;
  /** What the scores are and which one wins: "calls in flight, the fewest first". */
  readonly meaning: string;
  /** One number for each candidate, in their order. */
  readonly scores: readonly number[];
  /** What each score is made of, in the same order, for people. Omit it where the scores say all. */
  readonly details?: readonly string[];
}

/** The deployments that may serve this call now and were not tried yet. Never empty. Valid during the pick only. */
export interface Candidates extends Iterable<DeploymentView> {
  readonly length: number;
  /** @param index 0 … length - 1 */
  at(index: number): DeploymentView;
  /** Draws one candidate, each as likely as any other. Cheaper than `at(random index)` in a very large group: it need not list them all. */
  sample(random: Random): DeploymentView;
  /** Draws one candidate, as likely as its share of the candidates' weight; evenly when all weights are 0. */
  sampleByWeight(random: Random): DeploymentView;
}

/** Candidates with what a strategy needs whose pick must cost the same however large the group is. */
export interface LargeCandidates extends Candidates {
  /**
   * These candidates themselves or, in a group of 64 and more, 8 of them, drawn evenly, possibly one more than once. Valid until `few` is
   * called again.
   */
  few(random: Random): LargeCandidates;
  /** Whether `few` draws, so that chance decides which candidates are looked at. */
  readonly many: boolean;
  /**
   * All deployments that these candidates were taken from, eligible or not, in the order of the configuration. The very same array until
   * the configuration or a weight changes, so a strategy can keep what it computes from it, for example in a `WeakMap`. Costs nothing to read.
   */
  readonly pool: readonly DeploymentView[];
  /** Whether one deployment of the pool is a candidate. Checks this one only. */
  includes(deployment: DeploymentView): boolean;
}

/** What a pick may depend on besides the candidates. */
export interface PickContext {
  /** Milliseconds on the router's clock. */
  readonly now: number;
  /** Whether the caller asked for a stream. */
  readonly stream: boolean;
  /** Estimated from the request's size. */
  readonly promptTokens: number;
  /** Estimated from the caller's cap and the length of earlier answers. */
  readonly outputTokens: number;
  /**
   * Prompt tokens that a deployment need not read, as it is likely to remember them: it has read the same beginning within minutes. Omitted where
   * no strategy of the group {@link StrategyPlugin.readsPrefixes}, and for prompts too short to be remembered.
   */
  cachedTokens?(row: number): number;
}

/** What a strategy sees of a deployment: settings as configured, and live numbers, read from the ledger each time they are asked for. */
export interface DeploymentView {
  readonly id: string;
  /** Dense and stable for the life of the deployment: good as an index into a strategy's own arrays. */
  readonly row: number;
  /**
   * The group's traffic weight: `weight` where any deployment of the group sets one, else `rpm`, else `tpm`, else 1.
   * Never negative; deployments of weight 0 are backups and become candidates only when nothing else is eligible.
   */
  readonly weight: number;
  /** US dollars per token. Undefined when unknown; 0 is free. */
  readonly inputCostPerToken: number | undefined;
  readonly outputCostPerToken: number | undefined;
  /** Requests per minute; Infinity without a limit. */
  readonly rpmLimit: number;
  /** Tokens per minute, prompt and output together; Infinity without a limit. */
  readonly tpmLimit: number;
  /** Attempts that have not ended; a stream counts until its last byte. */
  readonly inFlight: number;
  /** Tokens reserved for attempts in flight. */
  readonly outstandingTokens: number;
  /**
   * Prompt tokens of attempts that have no content yet: what the deployment has still to read. Counted only where a strategy of the
   * configuration {@link StrategyPlugin.readsProgress}, else 0, like `expectedRestTokens`.
   */
  readonly waitingPromptTokens: number;
  /**
   * Output tokens that the attempts in flight are expected to make yet: of each the length that such answers have, less what was streamed; of
   * one that is longer than expected, what others of its length still had before them.
   */
  readonly expectedRestTokens: number;
  /** Requests begun within the last 60 s. */
  readonly usedRpm: number;
  /** Tokens reserved or used within the last 60 s. */
  readonly usedTpm: number;
  /** The share of the provider's own limits that is used, 0 … 1, as its replies tell, less what was sent since; 0 where they do not. */
  readonly quotaUsed: number;
  /** Exponentially weighted mean of the time to first token; failures enter as a penalty. Undefined before the first sample. */
  readonly firstTokenMs: number | undefined;
  /** The same for the time per output token. */
  readonly msPerToken: number | undefined;
  /** Like `firstTokenMs`, but a slower sample replaces it at once and only faster ones are averaged in. */
  readonly peakFirstTokenMs: number | undefined;
  /** The same for `msPerToken`. */
  readonly peakMsPerToken: number | undefined;
  /** When `firstTokenMs` had its latest sample, in milliseconds on the router's clock; -Infinity before the first. */
  readonly firstTokenMeasuredAt: number;
  /** The same for `msPerToken`. */
  readonly perTokenMeasuredAt: number;
  /** The share of attempts that failed, 0 … 1, exponentially weighted. */
  readonly failureRate: number;
}

/** A strategy as it is listed, configured and created: once for each group that uses it. */
export interface StrategyPlugin<Config = unknown> {
  /** As written in `router_settings.routing_strategy`. */
  readonly name: string;
  /** Other names of the same strategy. */
  readonly aliases?: readonly string[];
  /** Whether it goes by the weights alone, so that these are the shares of the traffic. Omit it for a strategy that looks at more. */
  readonly byWeightAlone?: boolean;
  /**
   * Whether a deployment that names no `rpm` (else `tpm`) gets nothing while a sibling that names one can serve, as under LiteLLM's strategy
   * of the same name. Omit it for no.
   */
  readonly limitsAreShares?: boolean;
  /**
   * Whether it looks at `waitingPromptTokens` and `expectedRestTokens`: then these are kept, over all groups, and `PickContext.outputTokens`
   * is learned by caller and cap. Omit it for no.
   */
  readonly readsProgress?: boolean;
  /** Whether it asks for `PickContext.cachedTokens`: then prompts are compared by their beginnings. Omit it for no. */
  readonly readsPrefixes?: boolean;
  /** Reads `routing_strategy_args`. The reader reports what is wrong, with its line. */
  parseConfig(args: ConfigReader): Config;
  create(config: Config, deps: StrategyDeps): Strategy;
}

/** Time and chance, handed in, so that tests run a strategy on virtual time and repeat its every choice. */
export interface StrategyDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** Reads a map of settings one by one. For a value of a wrong type or range it reports a problem with its line and returns the default. */
export interface ConfigReader {
  number(key: string, options: NumberOption): number;
  boolean(key: string, options: BooleanOption): boolean;
  /** One of a closed list. */
  choice<Choice extends string>(key: string, options: ChoiceOption<Choice>): Choice;
}

/** A setting that is a number. */
export interface NumberOption {
  readonly default: number;
  /** What the setting does, its unit, and why the default is what it is. Also goes into the published JSON Schema. */
  readonly description: string;
  /** The lowest and the highest value that are allowed. */
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** A setting that is true or false. */
export interface BooleanOption {
  readonly default: boolean;
  /** As for {@link NumberOption}. */
  readonly description: string;
}

/** A setting that takes one of a closed list of texts. */
export interface ChoiceOption<Choice extends string> {
  readonly default: Choice;
  readonly choices: readonly Choice[];
  /** As for {@link NumberOption}. */
  readonly description: string;
}
