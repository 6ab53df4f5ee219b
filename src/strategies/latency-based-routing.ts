import { drawUpTo, explainLowest } from "../core/pick/lowest.ts";
import type { Candidates, DeploymentView, PickContext, StrategyPlugin } from "../core/strategy.ts";
import { SteadyLevels } from "../lib/averages/steady-levels.ts";

interface LatencyConfig {
  readonly ttlMs: number;
  readonly lowestLatencyBuffer: number;
}

/** Below this, differences between averages are noise; it also lets a relaxed estimate (see there) meet the best one. */
const noise = 0.01;

/** What an estimate says beyond the best one falls to 1/e within this time: a hiccup is forgotten in minutes, not after `ttl`. */
const relaxationMs = 60_000;

/** A measured zero (a mock, a coarse clock) must not cancel the in-flight factor. */
const leastMs = 0.001;

/**
 * The fastest deployment, by its average time to first token for streams and time per output token for other calls; at random
 * among those within `lowest_latency_buffer` of it.
 *
 * The latency is multiplied by the requests in flight (this one included). Without that factor every call takes the fastest until
 * it is the slowest, because an average only learns of a crowd when the crowd's answers arrive. With it, callers that come one
 * by one all get the fastest, and concurrent ones are split in proportion to speed.
 *
 * An average of the last ten answers says more of their prompts than of who gave them, so callers in a crowd would run after chance. As long as it
 * is within three times what is usual of a deployment, the usual (about its last hundred answers) counts; beyond, it counts at once.
 *
 * No estimate changes without traffic, so an old one relaxes towards the best one: a deployment that was slow is
 * tried again, the later the slower it was, and counts as unmeasured after `ttl`. An unmeasured one is taken to be as good as
 * the best: it gets its share of tries and no flood.
 *
 * In groups of 64 and more, all this holds among 8 that are drawn at random: callers that come one by one get one of the fastest.
 *
 * It loses near what the deployments can bear, as `peak-ewma` does (docs/routing.md).
 */
export const latencyBasedRouting: StrategyPlugin<LatencyConfig> = {
  name: "latency-based-routing",
  parseConfig(args) {
    const ttlSeconds = args.number("ttl", {
      default: 3600,
      min: 0,
      description: "Seconds after which a deployment that was not used counts as unmeasured. LiteLLM's default: one hour.",
    });
    const lowestLatencyBuffer = args.number("lowest_latency_buffer", {
      default: 0,
      min: 0,
      description:
        "Deployments up to this fraction slower than the fastest are chosen from at random: 0.5 is up to 50% slower. " +
        "0 by default, as in LiteLLM: the fastest only.",
    });
    args.number("max_latency_list_size", {
      default: 10,
      min: 1,
      integer: true,
      description: "Accepted for compatibility, no effect: averages are exponentially weighted, there is no list of samples.",
    });
    return { ttlMs: ttlSeconds * 1000, lowestLatencyBuffer };
  },
  create({ ttlMs, lowestLatencyBuffer }, { random }) {
    const tolerance = 1 + Math.max(lowestLatencyBuffer, noise);
    const firstToken = new SteadyLevels();
    const perToken = new SteadyLevels();
    const latencyOf = (deployment: DeploymentView, stream: boolean): number =>
      (stream ? firstToken : perToken).steady(deployment.row, measuredMs(deployment, stream));
    /** One score for each candidate of the pick at hand, and what it is made of; kept so that a pick allocates nothing. */
    let scores = new Float64Array(16);
    let ages = new Float64Array(16);
    let crowds = new Float64Array(16);
    /** The highest score that is as good as the best. */
    let highest = 0;
    /** Fills {@link scores} and {@link highest}. */
    const scoreAll = (candidates: Candidates, { now, stream }: PickContext): void => {
      const { length } = candidates;
      if (length > scores.length) {
        scores = new Float64Array(length * 2);
        ages = new Float64Array(length * 2);
        crowds = new Float64Array(length * 2);
      }

      let bestMs = Infinity;
      for (let index = 0; index < length; index++) {
        const candidate = candidates.at(index);
        const ageMs = now - measuredAt(candidate, stream);
        const latencyMs = ageMs > ttlMs ? Infinity : latencyOf(candidate, stream);
        scores[index] = latencyMs;
        ages[index] = ageMs;
        crowds[index] = candidate.inFlight + 1;
        if (latencyMs < bestMs) bestMs = latencyMs;
      }
      // Nothing measured: only the crowd counts.
      if (bestMs === Infinity) bestMs = 1;

      let least = Infinity;
      for (let index = 0; index < length; index++) {
        const excessMs = (scores[index] ?? Infinity) - bestMs;
        const isBest = excessMs === 0 || excessMs === Infinity;
        const relaxedMs = isBest ? bestMs : bestMs + excessMs * Math.exp(-(ages[index] ?? 0) / relaxationMs);
        const score = relaxedMs * (crowds[index] ?? 1);
        scores[index] = score;
        if (score < least) least = score;
      }
      highest = least * tolerance;
    };
    const scoreOf = (_candidate: DeploymentView, index: number): number => scores[index] ?? Infinity;
    return {
      pick(all, context) {
        const candidates = all.few(random);
        const { length } = candidates;
        if (length === 1) return candidates.at(0);
        scoreAll(candidates, context);
        return candidates.at(drawUpTo(highest, scores, length, random));
      },
      explain(candidates, context) {
        scoreAll(candidates, context);
        const buffer = lowestLatencyBuffer > noise ? `, and by chance all within ${lowestLatencyBuffer * 100}% of it` : "";
        const measure = context.stream ? "milliseconds to the first token" : "milliseconds per token";
        const meaning = `${measure} times calls in flight with this one, the lowest first${buffer}`;
        const explanation = explainLowest(candidates, meaning, scoreOf);
        return { ...explanation, byChance: candidates.many || explanation.scores.filter((score) => score <= highest).length > 1 };
      },
      onOutcome(deployment, { kind }) {
        if (kind === "cancelled") return;
        const { row, firstTokenMs, msPerToken } = deployment;
        if (firstTokenMs !== undefined) firstToken.learn(row, measuredMs(deployment, true));
        if (msPerToken !== undefined) perToken.learn(row, measuredMs(deployment, false));
      },
    };
  },
};

/** Infinity when not measured yet, which counts as good as the best. */
function measuredMs(deployment: DeploymentView, stream: boolean): number {
  const latencyMs = stream ? deployment.firstTokenMs : deployment.msPerToken;
  return latencyMs === undefined ? Infinity : Math.max(latencyMs, leastMs);
}

function measuredAt(deployment: DeploymentView, stream: boolean): number {
  return stream ? deployment.firstTokenMeasuredAt : deployment.perTokenMeasuredAt;
}
