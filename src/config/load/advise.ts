import { isIP } from "node:net";
import type { Deployment } from "../../core/deployment.ts";
import type { TableSource } from "../../core/table-source.ts";
import { type AdvisedDeployment, strategyAdvice } from "./strategy-advice.ts";
import { strategyNames } from "../../strategies/index.ts";
import { isPublicAddress } from "../../upstream/public-address.ts";

/**
 * What speaks for another strategy than the one that a group has, by group: hints, and nothing that is wrong.
 * @param callsPerMinute Of a group. Omit it where nothing runs.
 */
export function adviseStrategies(source: TableSource, callsPerMinute?: (group: string) => number): ReadonlyMap<string, readonly string[]> {
  const advice = new Map<string, readonly string[]>();
  for (const [group, deployments] of Map.groupBy(source.deployments, (one) => one.group)) {
    const own = source.groupStrategies.get(group);
    const said = strategyAdvice(
      {
        strategy: (own ?? source.strategy).name,
        isOwnChoice: own !== undefined,
        members: usualOnes(deployments).map(advised),
        callsPerMinute: callsPerMinute?.(group),
      },
      strategyNames(),
    );
    if (said.length > 0) advice.set(group, said);
  }
  return advice;
}

function usualOnes(deployments: readonly Deployment[]): readonly Deployment[] {
  const active = deployments.filter(({ blocked, weight }) => !blocked && weight !== 0);
  const least = Math.min(...active.map(({ order }) => order));
  return active.filter(({ order }) => order === least);
}

function advised(deployment: Deployment): AdvisedDeployment {
  const { adapter, rpm, tpm, itpm, otpm, weight, inputCostPerToken, outputCostPerToken } = deployment;
  return {
    isPrivate: isPrivateOrigin(adapter.origin),
    isLimited: [rpm, tpm, itpm, otpm].some((limit) => limit !== undefined && limit !== Number.POSITIVE_INFINITY),
    isWeighted: weight !== undefined,
    inputCost: inputCostPerToken,
    outputCost: outputCostPerToken,
  };
}

/** Whether an origin is an address that is not public, or a name that only a private network knows. */
function isPrivateOrigin(origin: string | undefined): boolean {
  const host = origin === undefined ? undefined : URL.parse(origin)?.hostname.replace(/^\[|\]$/g, "");
  if (host === undefined || !/^https?:/.test(origin ?? "")) return false;
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return !host.includes(".") || /\.(local|internal|localhost|lan|cluster\.local|home\.arpa)$/.test(host);
}
