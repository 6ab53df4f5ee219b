import { explainLowest, lowest } from "../core/pick/lowest.ts";
import type { Candidates, DeploymentView, PickContext, StrategyPlugin } from "../core/strategy.ts";
import { SteadyLevels } from "../lib/averages/steady-levels.ts";

interface PeakEwmaConfig {
  readonly decayMs: number;
}

/** An estimate within this fraction of the best is as good: noise, and the point where a decayed one has met the best. */
const noise = 0.01;

/** A measured zero (a mock, a coarse clock) must not cancel the in-flight factor. */
const leastMs = 0.001;

/**
 * The lowest cost, which is the peak-sensitive latency times the requests in flight (this one included): time to first token for
 * streams, time per output token for other calls, because the length of an answer says nothing about who gave it. A slow answer
 * counts at once and is forgotten slowly, so trouble is left quickly and come back to with care. What is slow is told by the deployment's own
 * usual peak, about that of its last hundred answers: within three times that, the usual counts, as an answer may be late because its prompt was
 * long.
 *
 * Well-known forms let an unused estimate decay to zero, and compare two deployments at random. Here it decays to the best
 * sibling's instead: below that, a deployment that hangs would look free after a while and take a whole crowd before its first
 * timeout. And all candidates are compared: of two at random, both may be the bad ones, and in groups of the usual size looking
 * at all costs next to nothing. In groups of 64 and more, 8 that are drawn at random are compared, with the best of these as the best.
 *
 * It loses near what the deployments can bear, where calls in flight say less than the work in them (docs/routing.md).
 */
export const peakEwma: StrategyPlugin<PeakEwmaConfig> = {
  name: "peak-ewma",
  parseConfig(args) {
    const decaySeconds = args.number("decay", {
      default: 10,
      min: 0.001,
      description:
        "Seconds within which an unused deployment's estimate loses 63% of what it is above the best sibling's. " +
        "10 by default: a tenfold slowdown is tried again after about a minute.",
    });
    return { decayMs: decaySeconds * 1000 };
  },
  create({ decayMs }, { random }) {
    /** What the candidates of the pick at hand are compared by, kept so that a pick allocates nothing. */
    const look = { bestMs: 1, now: 0, stream: false };
    const firstToken = new SteadyLevels();
    const perToken = new SteadyLevels();
    /** Undefined when not measured yet, which counts as good as the best. */
    const peakMs = (deployment: DeploymentView, stream: boolean): number | undefined => {
      const measuredMs = measuredPeakMs(deployment, stream);
      return measuredMs === undefined ? undefined : (stream ? firstToken : perToken).steady(deployment.row, measuredMs);
    };
    const bestPeakMs = (candidates: Candidates, stream: boolean): number => {
      let bestMs = Infinity;
      for (let index = 0; index < candidates.length; index++) bestMs = Math.min(bestMs, peakMs(candidates.at(index), stream) ?? Infinity);
      // Nothing measured: only the crowd counts.
      return bestMs === Infinity ? 1 : bestMs;
    };
    const lookAt = (candidates: Candidates, { now, stream }: PickContext): void => {
      look.bestMs = bestPeakMs(candidates, stream);
      look.now = now;
      look.stream = stream;
    };
    const costOf = (candidate: DeploymentView): number => {
      const { bestMs, now, stream } = look;
      const excessMs = (peakMs(candidate, stream) ?? bestMs) - bestMs;
      const leftMs = excessMs === 0 ? 0 : excessMs * Math.exp((measuredAt(candidate, stream) - now) / decayMs);
      return (leftMs < bestMs * noise ? bestMs : bestMs + leftMs) * (candidate.inFlight + 1);
    };
    return {
      pick(all, context) {
        const candidates = all.few(random);
        if (candidates.length === 1) return candidates.at(0);
        lookAt(candidates, context);
        return lowest(candidates, costOf, random);
      },
      explain(candidates, context) {
        lookAt(candidates, context);
        const measure = context.stream ? "milliseconds to the first token" : "milliseconds per token";
        const meaning = `${measure}, slow ones remembered, times calls in flight with this one, the lowest first`;
        return explainLowest(candidates, meaning, costOf);
      },
      onOutcome({ row, peakFirstTokenMs, peakMsPerToken }, { kind }) {
        if (kind === "cancelled") return;
        if (peakFirstTokenMs !== undefined) firstToken.learn(row, Math.max(peakFirstTokenMs, leastMs));
        if (peakMsPerToken !== undefined) perToken.learn(row, Math.max(peakMsPerToken, leastMs));
      },
    };
  },
};

function measuredPeakMs(deployment: DeploymentView, stream: boolean): number | undefined {
  const latencyMs = stream ? deployment.peakFirstTokenMs : deployment.peakMsPerToken;
  return latencyMs === undefined ? undefined : Math.max(latencyMs, leastMs);
}

function measuredAt(deployment: DeploymentView, stream: boolean): number {
  return stream ? deployment.firstTokenMeasuredAt : deployment.perTokenMeasuredAt;
}
