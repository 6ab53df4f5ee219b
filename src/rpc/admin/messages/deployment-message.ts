import { create } from "@bufbuild/protobuf";
import { DeploymentSchema, type Deployment } from "../../../../gen/huntgroup/v1/admin_pb.ts";
import type { OperatedDeployment } from "../../../control/operator.ts";
import { toEligibility } from "./eligibility-enum.ts";
import { toState } from "./state-enum.ts";
import { toTimestamp } from "./time-fields.ts";

/** One deployment with its live state. What is not known or not limited is left unset. */
export function toDeployment(status: OperatedDeployment): Deployment {
  const { rpmLimit, tpmLimit, maxParallelRequests, firstTokenMs, msPerToken, eligibleInMs, move } = status;
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
    successes: status.successes,
    failures: status.failures,
    cancellations: status.cancellations,
    ...(eligibleInMs !== undefined && { eligibleInMs }),
    ...(rpmLimit !== undefined && { rpmLimit }),
    ...(tpmLimit !== undefined && { tpmLimit }),
    ...(maxParallelRequests !== undefined && { maxParallelRequests }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    ...(msPerToken !== undefined && { msPerToken }),
    ...(move !== undefined && { targetWeight: move.weight, targetTime: toTimestamp(move.at) }),
  });
}
