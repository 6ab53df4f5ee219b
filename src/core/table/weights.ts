import type { Deployment } from "../deployment.ts";

/** A deployment's share of its group's traffic. */
export interface Weight {
  readonly weight: number;
  /** Weight 0 on purpose, as opposed to a group in which no deployment has any. */
  readonly backup: boolean;
}

/**
 * The weights of a group's deployments: by `weight` where any of them sets one (LiteLLM's rule: those without get 0), else by
 * `rpm`, else by `tpm`, else even.
 * @param overrides Weights set at run time, by deployment id; they count as `weight`.
 * @param strict A deployment without an rpm (or tpm) beside siblings that have one gets nothing while they can serve, as LiteLLM's simple-shuffle
 * has it; otherwise their mean, because it is not limited at all.
 */
export function groupWeights(
  deployments: readonly Deployment[],
  overrides: ReadonlyMap<string, number>,
  strict: boolean,
): readonly Weight[] {
  const set = deployments.map((deployment) => overrides.get(deployment.id) ?? deployment.weight);
  const configured = deployments.some((deployment) => deployment.weight !== undefined);
  if (configured) return backups(set.map((weight) => weight ?? 0));
  const base = byLimits(deployments, strict);
  return backups(set.map((weight, index) => weight ?? base[index] ?? 1));
}

/**
 * Finds the deployments that `simple-shuffle` gives nothing while a sibling of the same order can serve: they name no limit, and it does.
 * @returns Them, and the limit. Undefined where there are none.
 */
export function idleBesideLimits(
  deployments: readonly Deployment[],
): { readonly idle: ReadonlySet<Deployment>; readonly limit: Limit } | undefined {
  const limit = weighingLimit(deployments);
  if (limit === undefined || deployments.some(({ weight }) => weight !== undefined)) return undefined;
  const limited = new Set(deployments.filter((one) => one[limit] !== undefined).map(({ order }) => order));
  const idle = new Set(deployments.filter((one) => one[limit] === undefined && limited.has(one.order)));
  return idle.size === 0 ? undefined : { idle, limit };
}

type Limit = "rpm" | "tpm";

function weighingLimit(deployments: readonly Deployment[]): Limit | undefined {
  return (["rpm", "tpm"] as const).find((limit) => deployments.some((deployment) => (deployment[limit] ?? 0) > 0));
}

function byLimits(deployments: readonly Deployment[], strict: boolean): readonly number[] {
  const limit = weighingLimit(deployments);
  if (limit === undefined) return deployments.map(() => 1);
  const given = deployments.map((deployment) => deployment[limit]).filter((value) => value !== undefined);
  const mean = given.reduce((sum, value) => sum + value, 0) / given.length;
  const idle = strict ? idleBesideLimits(deployments)?.idle : undefined;
  return deployments.map((deployment) => deployment[limit] ?? (idle?.has(deployment) === true ? 0 : mean));
}

function backups(weights: readonly number[]): readonly Weight[] {
  const anyTraffic = weights.some((weight) => weight > 0);
  return weights.map((weight) => ({ weight, backup: anyTraffic && weight === 0 }));
}
