import { randomInt, type Random } from "../../lib/random.ts";
import type { Candidates, DeploymentView, LargeCandidates, PickExplanation } from "../strategy.ts";
import { sampleSize } from "./sample.ts";

/**
 * Rates a candidate: the lowest score wins. Define it once for a strategy and keep what belongs to one pick beside it, so that a pick
 * makes no closure.
 * @param index The candidate's place among the candidates.
 */
export type Score = (candidate: DeploymentView, index: number) => number;

/**
 * The candidate with the lowest score, found in one pass.
 * @param tieBreak Decides between equal scores, the lowest first. What is equal in it too is left to chance, each as likely as any other.
 */
export function lowest(candidates: Candidates, scoreOf: Score, random: Random, tieBreak: Score = noTieBreak): DeploymentView {
  const { length } = candidates;
  let best = candidates.at(0);
  if (length === 1) return best;
  let leastScore = scoreOf(best, 0);
  let leastRest = tieBreak(best, 0);
  let ties = 1;
  for (let index = 1; index < length; index++) {
    const candidate = candidates.at(index);
    const score = scoreOf(candidate, index);
    if (score > leastScore) continue;
    const rest = tieBreak(candidate, index);
    if (score < leastScore || rest < leastRest) {
      best = candidate;
      leastScore = score;
      leastRest = rest;
      ties = 1;
    } else if (rest === leastRest && randomInt(random, ++ties) === 0) {
      // The k-th of the ties replaces the choice with chance 1/k: in the end each had the same chance, in one pass.
      best = candidate;
    }
  }
  return best;
}

/** Draws one of the scores up to `highest`, each as likely as any other, where there is one. @returns Its place among the first `length`. */
export function drawUpTo(highest: number, scores: Float64Array, length: number, random: Random): number {
  let chosen = 0;
  let ties = 0;
  for (let index = 0; index < length; index++) {
    if ((scores[index] ?? Infinity) <= highest && randomInt(random, ++ties) === 0) chosen = index;
  }
  return chosen;
}

/**
 * The explanation of a strategy that picks the {@link lowest} of a few candidates ({@link LargeCandidates.few}). Where these are drawn, the
 * lowest of all stands for them.
 * @param meaning What the scores are and which one wins: "calls in flight, the fewest first".
 */
export function explainLowest(candidates: LargeCandidates, meaning: string, scoreOf: Score, tieBreak: Score = noTieBreak): PickExplanation {
  const pick = lowest(candidates, scoreOf, firstOfTies, tieBreak);
  const all = [...candidates];
  const scores = all.map(scoreOf);
  const won = all.indexOf(pick);
  const rest = tieBreak(pick, won);
  const ties = all.filter((one, index) => scores[index] === scores[won] && tieBreak(one, index) === rest);
  return { pick, byChance: ties.length > 1 || candidates.many, meaning: ofFew(meaning, candidates), scores };
}

/** Adds to the meaning of scores that only some of a large group are looked at. */
function ofFew(meaning: string, { many }: LargeCandidates): string {
  return many ? `${meaning}, of ${sampleSize} drawn at random` : meaning;
}

/** Never replaces a choice: an explanation draws nothing. */
const firstOfTies: Random = { next: () => 1 - Number.EPSILON };

function noTieBreak(): number {
  return 0;
}
