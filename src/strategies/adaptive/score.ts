import type { Candidates, DeploymentView, PickContext } from "../../core/strategy.ts";

/** What an operator may set of it. */
export interface AdaptiveConfig {
  /** How many prompt tokens one output token weighs. */
  readonly outputWeight: number;
  /** How much a price of twice the candidates' mean counts, in their mean work; 0 for nothing. */
  readonly priceWeight: number;
  /** How many tokens of work a token is worth that a deployment remembers; 0 for nothing. */
  readonly cacheWeight: number;
}

/** Failures count less as they age: a deployment is tried again, though only a success lowers its rate. */
const failureMemoryMs = 30_000;
/** No failure rate is believed beyond this: it stands for 400 times the work. */
const worstRate = 0.95;
/** First content that takes so many times what the others' takes is out of line. */
const outlier = 3;
/** An outlier's work counts so many times more at most. */
const mostOutlier = 8;
/** An outlier is forgotten within about this time when nothing new is heard. */
const outlierMemoryMs = 20_000;
/** From this share of a limit on, what is left counts: below, it says nothing of the minute to come. */
const tightFrom = 0.7;
/** No weight makes a deployment smaller than this share of the mean. */
const leastCapacity = 1e-4;
/** What a limit's end counts, in the mean work: more than any imbalance of work that goes on for long. */
const tightWeight = 12;

/**
 * What `adaptive` compares, one number of each kind for each candidate of a pick, kept so that a pick allocates nothing. What speaks against
 * a candidate is a share of the scale, which is the mean work of all with this call's own: however little a deployment has before it that fails
 * at once, it is not taken for idle. Late answers multiply its own work: it gets less, but never nothing.
 */
export class AdaptiveScores {
  readonly #config: AdaptiveConfig;
  #room = 0;
  work = new Float64Array(0);
  failing = new Float64Array(0);
  late = new Float64Array(0);
  tight = new Float64Array(0);
  dear = new Float64Array(0);
  remembered = new Float64Array(0);
  total = new Float64Array(0);
  scale = 1;

  constructor(config: AdaptiveConfig) {
    this.#config = config;
  }

  /** Rates candidates. @param meanWeight Of the deployments that they were taken from. */
  fill(candidates: Candidates, context: PickContext, meanWeight: number): void {
    const { length } = candidates;
    if (length > this.#room) this.#makeRoom(length * 2);
    const { outputWeight, priceWeight, cacheWeight } = this.#config;
    const own = context.promptTokens + outputWeight * context.outputTokens + 1;
    let workSum = 0;
    let paces = 0;
    let measured = 0;
    let prices = 0;
    for (let index = 0; index < length; index++) {
      const one = candidates.at(index);
      const capacity = one.weight > 0 ? Math.max(one.weight / meanWeight, leastCapacity) : 1;
      const work = (one.waitingPromptTokens + outputWeight * one.expectedRestTokens) / capacity;
      this.work[index] = work;
      workSum += work;
      const ms = latencyMs(one, context);
      if (ms > 0) {
        paces += 1 / ms;
        measured++;
      }
      if (priceWeight > 0) prices += priceOf(one, context);
    }
    this.scale = workSum / length + own;
    // The harmonic mean: what is out of line hardly moves it.
    const usualMs = measured > 1 ? measured / paces : Infinity;
    for (let index = 0; index < length; index++) {
      const one = candidates.at(index);
      const failing = one.failureRate > 0 ? failingOf(one, context.now) : 0;
      const late = usualMs === Infinity ? 0 : lateOf(one, context, usualMs);
      const tight = tightOf(one, context);
      const remembered = context.cachedTokens === undefined ? 0 : cacheWeight * context.cachedTokens(one.row);
      const dear = prices > 0 ? (priceWeight * priceOf(one, context) * length) / prices : 0;
      this.failing[index] = failing;
      this.late[index] = late;
      this.tight[index] = tight;
      this.dear[index] = dear;
      this.remembered[index] = remembered;
      this.total[index] = ((this.work[index] ?? 0) + own - remembered) * (1 + late) + this.scale * (failing + tight + dear);
    }
  }

  #makeRoom(room: number): void {
    this.#room = room;
    this.work = new Float64Array(room);
    this.failing = new Float64Array(room);
    this.late = new Float64Array(room);
    this.tight = new Float64Array(room);
    this.dear = new Float64Array(room);
    this.remembered = new Float64Array(room);
    this.total = new Float64Array(room);
  }
}

/** As many further calls as are likely to fail there, each as dear as a call that goes well; squared, since a black hole draws more. */
function failingOf({ failureRate, firstTokenMeasuredAt, perTokenMeasuredAt }: DeploymentView, now: number): number {
  const ageMs = Math.max(now - Math.max(firstTokenMeasuredAt, perTokenMeasuredAt), 0);
  const rate = Math.min(failureRate, worstRate) * (ageMs === Infinity ? 1 : Math.exp(-ageMs / failureMemoryMs));
  return 1 / ((1 - rate) * (1 - rate)) - 1;
}

/** How far a deployment's answers are out of line, by what its kind of calls is measured by. */
function lateOf(one: DeploymentView, context: PickContext, usualMs: number): number {
  const ms = latencyMs(one, context);
  if (ms <= outlier * usualMs) return 0;
  const measuredAt = context.stream ? one.firstTokenMeasuredAt : one.perTokenMeasuredAt;
  return Math.min(ms / (outlier * usualMs) - 1, mostOutlier) * Math.exp(-Math.max(context.now - measuredAt, 0) / outlierMemoryMs);
}

/** 0 where it was not measured. */
function latencyMs(one: DeploymentView, { stream }: PickContext): number {
  return (stream ? one.firstTokenMs : one.msPerToken) ?? 0;
}

/** How close it is to a limit of its own, or of its provider's, once it has this call. */
function tightOf(one: DeploymentView, { promptTokens, outputTokens }: PickContext): number {
  let used = one.quotaUsed;
  if (one.rpmLimit !== Infinity) used = Math.max(used, (one.usedRpm + 1) / one.rpmLimit);
  if (one.tpmLimit !== Infinity) used = Math.max(used, (one.usedTpm + promptTokens + outputTokens) / one.tpmLimit);
  if (used <= tightFrom) return 0;
  const tight = Math.min((used - tightFrom) / (1 - tightFrom), 2);
  return tightWeight * tight * tight;
}

/** In US dollars; 0 where it is not known. */
function priceOf({ inputCostPerToken = 0, outputCostPerToken = 0 }: DeploymentView, { promptTokens, outputTokens }: PickContext): number {
  return promptTokens * inputCostPerToken + outputTokens * outputCostPerToken;
}
