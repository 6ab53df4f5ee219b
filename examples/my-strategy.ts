import type { StrategyPlugin } from "huntgroup/strategy";

interface Config {
  readonly restMs: number;
}

/** The fewest tokens outstanding for its weight; a deployment that has just failed rests while others can take its place. */
const fewestTokens: StrategyPlugin<Config> = {
  name: "fewest-tokens",

  parseConfig(args) {
    const restSeconds = args.number("rest", {
      default: 5,
      min: 0,
      description: "Seconds that a deployment rests after a failure. 5 by default: most hiccups are over by then.",
    });
    return { restMs: restSeconds * 1000 };
  },

  create({ restMs }, { clock, random }) {
    const restsUntil = new Map<number, number>();

    return {
      pick(candidates, { now }) {
        let best = candidates.at(0);
        let lowest = Infinity;
        let ties = 0;
        for (let index = 0; index < candidates.length; index++) {
          const candidate = candidates.at(index);
          const rests = (restsUntil.get(candidate.row) ?? 0) > now;
          // Resting ones come after all others, but are still there when nothing else is.
          const score = rests ? Infinity : candidate.outstandingTokens / (candidate.weight || 1);
          if (score < lowest) ties = 0;
          if (score > lowest) continue;
          // Among equals, the k-th takes over with chance 1/k: each ends up with the same chance.
          ties += 1;
          if (random.next() * ties < 1) best = candidate;
          lowest = score;
        }
        return best;
      },

      onOutcome(deployment, outcome) {
        if (outcome.kind === "failure") restsUntil.set(deployment.row, clock.now() + restMs);
      },
    };
  },
};

export default fewestTokens;
