import type { DeploymentView, StrategyPlugin } from "huntgroup/strategy";

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

    // Resting ones come after all others, but are still there when nothing else is.
    function score(candidate: DeploymentView, now: number): number {
      const rests = (restsUntil.get(candidate.row) ?? 0) > now;
      return rests ? Infinity : candidate.outstandingTokens / (candidate.weight || 1);
    }

    return {
      pick(all, { now }) {
        // All of them, or, in a very large group, a few that are drawn: a pick takes no longer than elsewhere.
        const candidates = all.few(random);
        let best = candidates.at(0);
        let lowest = Infinity;
        let ties = 0;
        for (let index = 0; index < candidates.length; index++) {
          const candidate = candidates.at(index);
          const own = score(candidate, now);
          if (own < lowest) ties = 0;
          if (own > lowest) continue;
          // Among equals, the k-th takes over with chance 1/k: each ends up with the same chance.
          ties += 1;
          if (random.next() * ties < 1) best = candidate;
          lowest = own;
        }
        return best;
      },

      explain(candidates, { now }) {
        const scores = [...candidates].map((candidate) => score(candidate, now));
        const lowest = Math.min(...scores);
        return {
          pick: candidates.at(scores.indexOf(lowest)),
          byChance: candidates.many || scores.filter((one) => one === lowest).length > 1,
          meaning: "outstanding tokens for each unit of weight, the fewest first",
          scores,
        };
      },

      onOutcome(deployment, outcome) {
        if (outcome.kind === "failure") restsUntil.set(deployment.row, clock.now() + restMs);
      },
    };
  },
};

export default fewestTokens;
