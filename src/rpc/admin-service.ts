import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { DeploymentSchema, Eligibility, type AdminService, type Deployment } from "../../gen/huntgroup/v1/admin_pb.ts";
import type { CallRouter } from "../core/call-router.ts";
import type { DeploymentStatus, Eligibility as EligibilityName } from "../core/deployment-status.ts";
import { RouterError } from "../core/errors.ts";

/** AdminService over the router. */
export function createAdminService(router: CallRouter): Partial<ServiceImpl<typeof AdminService>> {
  return {
    listDeployments({ group }) {
      const wanted = group === "" ? undefined : group;
      const statuses = router.deployments(wanted);
      if (wanted !== undefined && statuses.length === 0) {
        throw new RouterError("model_not_found", `No deployment belongs to a group "${wanted}".`, { param: "group" });
      }
      return { deployments: statuses.map(toDeployment) };
    },

    setWeights({ weights }) {
      const wanted = new Map(Object.entries(weights));
      if (wanted.size === 0) throw new RouterError("invalid_request", "There are no weights to set.", { param: "weights" });
      const changes = router.setWeights(wanted);
      if (!changes.ok) throw changes.error;
      return { changes: [...changes.value] };
    },
  };
}

function toDeployment(status: DeploymentStatus): Deployment {
  const { rpmLimit, tpmLimit, maxParallelRequests, firstTokenMs, msPerToken } = status;
  return create(DeploymentSchema, {
    id: status.id,
    group: status.group,
    provider: status.provider,
    address: status.address,
    weight: status.weight,
    order: status.order,
    eligibility: toEligibility(status.eligibility),
    detail: status.detail,
    inFlight: status.inFlight,
    usedRpm: status.usedRpm,
    usedTpm: status.usedTpm,
    failureRate: status.failureRate,
    successes: status.successes,
    failures: status.failures,
    cancellations: status.cancellations,
    ...(rpmLimit !== undefined && { rpmLimit }),
    ...(tpmLimit !== undefined && { tpmLimit }),
    ...(maxParallelRequests !== undefined && { maxParallelRequests }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    ...(msPerToken !== undefined && { msPerToken }),
  });
}

function toEligibility(name: EligibilityName): Eligibility {
  switch (name) {
    case "eligible":
      return Eligibility.ELIGIBLE;
    case "invalid":
      return Eligibility.INVALID;
    case "blocked":
      return Eligibility.BLOCKED;
    case "draining":
      return Eligibility.DRAINING;
    case "cooling_down":
      return Eligibility.COOLING_DOWN;
    case "rpm_limit":
      return Eligibility.RPM_LIMIT;
    case "tpm_limit":
      return Eligibility.TPM_LIMIT;
    case "max_parallel_requests":
      return Eligibility.MAX_PARALLEL_REQUESTS;
    case "already_tried":
      return Eligibility.ALREADY_TRIED;
    case "lower_order_preferred":
      return Eligibility.LOWER_ORDER_PREFERRED;
    case "backup":
      return Eligibility.BACKUP;
    case "warming_up":
      return Eligibility.WARMING_UP;
    case "context_window":
      return Eligibility.CONTEXT_WINDOW;
    case "tags":
      return Eligibility.TAGS;
    case "itpm_limit":
      return Eligibility.ITPM_LIMIT;
    case "otpm_limit":
      return Eligibility.OTPM_LIMIT;
    case "region":
      return Eligibility.REGION;
    case "response_format":
      return Eligibility.RESPONSE_FORMAT;
    case "other_order":
      return Eligibility.OTHER_ORDER;
    default:
      return name satisfies never;
  }
}
