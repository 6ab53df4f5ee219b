import { explainLowest } from "../core/pick/lowest.ts";
import type { Candidates, DeploymentView, LargeCandidates, PickExplanation, StrategyPlugin } from "../core/strategy.ts";
import { randomInt } from "../lib/random.ts";
import type { Random } from "../lib/random.ts";

/**
 * The power of two choices: of two deployments drawn at random, the one with fewer requests in flight for its weight. Nearly as
 * even as looking at all of them, at a cost that does not grow with the group, and several routers that each see only their own
 * traffic do not all run to the same deployment.
 *
 * Both are drawn evenly, so weights shape the load and not the exact shares: where those matter, use `simple-shuffle` or
 * `round-robin`. It loses where sizes differ, as `least-busy` does (docs/routing.md).
 */
export const p2c: StrategyPlugin<undefined> = {
  name: "p2c",
  parseConfig: () => undefined,
  create: (_config, { random }) => ({
    pick(candidates) {
      const first = candidates.sample(random);
      const second = drawAnother(candidates, first, random);
      const difference = load(first) - load(second);
      if (difference !== 0) return difference < 0 ? first : second;
      // Mostly both idle. Following the weights here keeps them meaningful under light traffic.
      const weight = first.weight + second.weight;
      return weight === 0 || random.next() * weight < first.weight ? first : second;
    },
    explain,
  }),
};

/** Of two, both are always drawn; of more, any may be: the least loaded one, which wins against all others, stands for them. */
function explain(candidates: LargeCandidates): PickExplanation {
  const meaning = "calls in flight for each unit of weight: of two drawn at random, the lower one, and of equal ones mostly the heavier";
  const { pick, byChance, scores } = explainLowest(candidates, meaning, load, ({ weight }) => -weight);
  const [first, second, ...others] = scores;
  return { pick, byChance: byChance || others.length > 0 || first === second, meaning, scores };
}

/** Requests in flight for each unit of weight. Backups weigh nothing and are only ever compared with each other. */
function load(deployment: DeploymentView): number {
  return deployment.weight > 0 ? deployment.inFlight / deployment.weight : deployment.inFlight;
}

/** A deployment other than `first`, each as likely as any other; `first` itself when it is the only one. */
function drawAnother(candidates: Candidates, first: DeploymentView, random: Random): DeploymentView {
  const another = candidates.sample(random);
  // Asking for the length lists all candidates. Among many this line is nearly always the last.
  if (another.row !== first.row) return another;
  const last = candidates.length - 1;
  if (last === 0) return first;
  const other = candidates.at(randomInt(random, last));
  return other.row === first.row ? candidates.at(last) : other;
}
