import type { Deployment } from "../deployment.ts";

/** A deployment's share of its group's traffic. */
export interface Weight {
  readonly weight: number;
  /** Weight 0 on purpose, as opposed to a group in which no deployment has any. */
  readonly backup: boolean;
}

/**
 * The weights of a group's deployments: by `weight` where any of them sets one (LiteLLM's rule: those without get 0), else by
 * `rpm`, else by `tpm`, else even. A deployment without an rpm (or tpm) beside siblings that have one is not limited at all,
 * so it gets their mean rather than nothing.
 *
 * @param overrides Weights set at run time, by deployment id; they count as `weight`.
 */
export function groupWeights(deployments: readonly Deployment[], overrides: ReadonlyMap<string, number>): readonly Weight[] {
  const set = deployments.map((deployment) => overrides.get(deployment.id) ?? deployment.weight);
  const configured = deployments.some((deployment) => deployment.weight !== undefined);
  if (configured) return backups(set.map((weight) => weight ?? 0));
  const base = byLimits(deployments);
  return backups(set.map((weight, index) => weight ?? base[index] ?? 1));
}

function byLimits(deployments: readonly Deployment[]): readonly number[] {
  for (const limit of ["rpm", "tpm"] as const) {
    const given = deployments.map((deployment) => deployment[limit]).filter((value) => value !== undefined);
    if (given.length === 0) continue;
    const mean = given.reduce((sum, value) => sum + value, 0) / given.length;
    return deployments.map((deployment) => deployment[limit] ?? mean);
  }
  return deployments.map(() => 1);
}

function backups(weights: readonly number[]): readonly Weight[] {
  const anyTraffic = weights.some((weight) => weight > 0);
  return weights.map((weight) => ({ weight, backup: anyTraffic && weight === 0 }));
}
