import { create } from "@bufbuild/protobuf";
import { DeploymentHealth as Health, DeploymentSchema, type Deployment } from "../../../../gen/huntgroup/v1/admin_pb.ts";
import type { DeploymentHealth } from "../../../core/deployment-status.ts";
import type { OperatedDeployment } from "../../../control/operator.ts";
import { toEligibility } from "./eligibility-enum.ts";
import { toState } from "./state-enum.ts";
import { toTimestamp } from "./time-fields.ts";

const healths: Readonly<Record<DeploymentHealth, Health>> = {
  unknown: Health.UNSPECIFIED,
  ok: Health.OK,
  failing: Health.FAILING,
  never_answered: Health.NEVER_ANSWERED,
};

/** One deployment with its live state. What is not known or not limited is left unset. */
export function toDeployment(status: OperatedDeployment): Deployment {
  const { rpmLimit, tpmLimit, maxParallelRequests, firstTokenMs, msPerToken, eligibleInMs, move, lastError } = status;
  return create(DeploymentSchema, {
    id: status.id,
    group: status.group,
    provider: status.provider,
    address: status.address,
    weight: status.weight,
    order: status.order,
    state: toState(status.state),
    strategy: status.strategy,
    eligibility: toEligibility(status.eligibility),
    detail: status.detail,
    inFlight: status.inFlight,
    outstandingTokens: status.outstandingTokens,
    usedRpm: status.usedRpm,
    usedTpm: status.usedTpm,
    failureRate: status.failureRate,
    health: healths[status.health],
    successes: status.successes,
    failures: status.failures,
    cancellations: status.cancellations,
    ...(eligibleInMs !== undefined && { eligibleInMs }),
    ...(rpmLimit !== undefined && { rpmLimit }),
    ...(tpmLimit !== undefined && { tpmLimit }),
    ...dayOf(status),
    ...(maxParallelRequests !== undefined && { maxParallelRequests }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    ...(msPerToken !== undefined && { msPerToken }),
    ...(lastError !== undefined && { lastError: { code: lastError.code, message: lastError.message, time: toTimestamp(lastError.at) } }),
    ...(move !== undefined && { targetWeight: move.weight, targetTime: toTimestamp(move.at) }),
  });
}

type OfDay = Pick<OperatedDeployment, "usedRpd" | "usedTpd" | "rpdLimit" | "tpdLimit">;

function dayOf({ usedRpd, usedTpd, rpdLimit, tpdLimit }: OfDay): { readonly [Name in keyof OfDay]?: number } {
  return {
    ...(usedRpd !== undefined && { usedRpd }),
    ...(usedTpd !== undefined && { usedTpd }),
    ...(rpdLimit !== undefined && { rpdLimit }),
    ...(tpdLimit !== undefined && { tpdLimit }),
  };
}
