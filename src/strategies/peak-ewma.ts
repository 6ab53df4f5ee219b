import { explainLowest } from "../core/pick/explain-lowest.ts";
import type { Candidates, DeploymentView, StrategyPlugin } from "../core/strategy.ts";
import { randomInt } from "../lib/random.ts";

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
 * counts in full at once and is forgotten slowly, so trouble is left quickly and come back to with care.
 *
 * Well-known forms let an unused estimate decay to zero, and compare two deployments at random. Here it decays to the best
 * sibling's instead: below that, a deployment that hangs would look free after a while and take a whole crowd before its first
 * timeout. And all candidates are compared: of two at random, both may be the bad ones, and in groups of the usual size looking
 * at all costs next to nothing. In groups of 64 and more, 8 that are drawn at random are compared, with the best of these as the best.
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
    const costOf = (candidate: DeploymentView, bestMs: number, now: number, stream: boolean): number => {
      const excessMs = (peakMs(candidate, stream) ?? bestMs) - bestMs;
      const leftMs = excessMs === 0 ? 0 : excessMs * Math.exp((measuredAt(candidate, stream) - now) / decayMs);
      return (leftMs < bestMs * noise ? bestMs : bestMs + leftMs) * (candidate.inFlight + 1);
    };
    return {
      pick(all, { now, stream }) {
        const candidates = all.few(random);
        const { length } = candidates;
        let best = candidates.at(0);
        if (length === 1) return best;

        const bestMs = bestPeakMs(candidates, stream);
        let lowest = Infinity;
        let ties = 0;
        for (let index = 0; index < length; index++) {
          const candidate = candidates.at(index);
          const cost = costOf(candidate, bestMs, now, stream);
          if (cost < lowest) {
            best = candidate;
            lowest = cost;
            ties = 1;
          } else if (cost === lowest && randomInt(random, ++ties) === 0) {
            // The k-th of the ties replaces the choice with chance 1/k: in the end each had the same chance, in one pass.
            best = candidate;
          }
        }
        return best;
      },
      explain(candidates, { now, stream }) {
        const bestMs = bestPeakMs(candidates, stream);
        const measure = stream ? "milliseconds to the first token" : "milliseconds per token";
        const meaning = `${measure}, slow ones remembered, times calls in flight with this one, the lowest first`;
        return explainLowest(candidates, meaning, (candidate) => costOf(candidate, bestMs, now, stream));
      },
    };
  },
};

function bestPeakMs(candidates: Candidates, stream: boolean): number {
  let bestMs = Infinity;
  for (let index = 0; index < candidates.length; index++) bestMs = Math.min(bestMs, peakMs(candidates.at(index), stream) ?? Infinity);
  // Nothing measured: only the crowd counts.
  return bestMs === Infinity ? 1 : bestMs;
}

/** Undefined: not measured yet, which is taken to be as good as the best. */
function peakMs(deployment: DeploymentView, stream: boolean): number | undefined {
  const latencyMs = stream ? deployment.peakFirstTokenMs : deployment.peakMsPerToken;
  return latencyMs === undefined ? undefined : Math.max(latencyMs, leastMs);
}

function measuredAt(deployment: DeploymentView, stream: boolean): number {
  return stream ? deployment.firstTokenMeasuredAt : deployment.perTokenMeasuredAt;
}
