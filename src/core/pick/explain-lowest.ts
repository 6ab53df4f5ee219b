import { sampleSize } from "./sample.ts";
import type { Candidates, DeploymentView, PickExplanation } from "../strategy.ts";

/**
 * The explanation of a strategy that takes the lowest score of a few candidates ({@link Candidates.few}), and leaves ties to chance.
 * Where these are drawn, the lowest of all stands for them.
 * @param meaning Of the scores: "calls in flight, the fewest first".
 * @param tieBreak Decides between equal scores, the lowest first; what is equal in it too is left to chance.
 */
export function explainLowest(
  candidates: Candidates,
  meaning: string,
  scoreOf: (candidate: DeploymentView) => number,
  tieBreak: (candidate: DeploymentView) => number = noTieBreak,
): PickExplanation {
  let pick = candidates.at(0);
  let lowest = Number.POSITIVE_INFINITY;
  let fewest = Number.POSITIVE_INFINITY;
  let ties = 0;
  const scores: number[] = [];
  for (const candidate of candidates) {
    const score = scoreOf(candidate);
    const rest = tieBreak(candidate);
    scores.push(score);
    if (score < lowest || (score === lowest && rest < fewest)) {
      pick = candidate;
      lowest = score;
      fewest = rest;
      ties = 1;
    } else if (score === lowest && rest === fewest) ties++;
  }
  return { pick, byChance: ties > 1 || candidates.many, meaning: ofFew(meaning, candidates), scores };
}

/** Adds to the meaning of scores that only some of a large group are looked at. */
export function ofFew(meaning: string, { many }: Candidates): string {
  return many ? `${meaning}, of ${sampleSize} drawn at random` : meaning;
}

function noTieBreak(): number {
  return 0;
}
