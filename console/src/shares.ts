import { Eligibility, type Deployment } from "../../gen/huntgroup/v1/admin_pb.ts";

/**
 * Computes each deployment's share of its group's traffic by the weights: among those that may be used now, or, when none may, among all.
 * @param draft Gives a weight that is about to be applied.
 * @returns Shares of 0 … 1 by id. They sum to 1 unless every weight is 0.
 */
export function sharesByWeight(
  deployments: readonly Deployment[],
  draft: (id: string) => number | undefined = () => undefined,
): ReadonlyMap<string, number> {
  const weightOf = (one: Deployment): number => draft(one.id) ?? one.weight ?? 0;
  const usable = deployments.filter((one) => mayBeUsed(one.eligibility) && weightOf(one) > 0);
  const counted = new Set(usable.length > 0 ? usable : deployments);
  const sum = [...counted].reduce((total, one) => total + weightOf(one), 0);
  return new Map(deployments.map((one) => [one.id, counted.has(one) && sum > 0 ? weightOf(one) / sum : 0]));
}

/** Tells whether a deployment shares traffic. A backup does as soon as it is given weight. */
function mayBeUsed(eligibility: Eligibility): boolean {
  return eligibility === Eligibility.ELIGIBLE || eligibility === Eligibility.WARMING_UP || eligibility === Eligibility.BACKUP;
}
