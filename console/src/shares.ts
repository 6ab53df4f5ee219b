import { Eligibility, type Deployment } from "../../gen/huntgroup/v1/admin_pb.ts";

/**
 * The share of its group's traffic that each deployment has by the weights: among those that may be used now, or, when none may, among all.
 * 0 … 1; they sum to 1 unless every weight is 0.
 * @param draft A weight that is about to be applied.
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

/** A backup becomes one of the others as soon as it is given weight. */
function mayBeUsed(eligibility: Eligibility): boolean {
  return eligibility === Eligibility.ELIGIBLE || eligibility === Eligibility.WARMING_UP || eligibility === Eligibility.BACKUP;
}
