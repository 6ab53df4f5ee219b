import type { DeploymentView, StrategyPlugin } from "huntgroup/strategy";

interface Config {
  readonly avoidMs: number;
}

/** Picks the fewest outstanding tokens for the weight, and avoids a deployment that has just failed while others can take its place. */
const fewestTokens: StrategyPlugin<Config> = {
  name: "fewest-tokens",

  parseConfig(args) {
    const avoidSeconds = args.number("avoid", {
      default: 5,
      min: 0,
      description: "Seconds that a deployment is avoided after a failure. 5 by default: most short faults are over by then.",
    });
    return { avoidMs: avoidSeconds * 1000 };
  },

  create({ avoidMs }, { clock, random }) {
    const avoidedUntil = new Map<number, number>();

    // An avoided deployment comes after all others, but is still picked when there is no other.
    function score(candidate: DeploymentView, now: number): number {
      const isAvoided = (avoidedUntil.get(candidate.row) ?? 0) > now;
      return isAvoided ? Infinity : candidate.outstandingTokens / (candidate.weight || 1);
    }

    return {
      pick(all, { now }) {
        // All of them, or in a very large group a sample, so that a pick takes no longer there.
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
        if (outcome.kind === "failure") avoidedUntil.set(deployment.row, clock.now() + avoidMs);
      },
    };
  },
};

export default fewestTokens;
