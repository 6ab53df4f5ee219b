import { RouterError } from "../../core/errors.ts";
import type { OperatedDeployment, Operator } from "../../control/operator.ts";
import type { AdminMethods, AdminServiceOptions } from "./admin-methods.ts";
import { actOf, required, valueOf } from "./change.ts";
import { toDeployment } from "./deployment-message.ts";
import { toFinding } from "./finding-message.ts";
import { pageOf } from "./page.ts";
import { readState } from "./state-enum.ts";
import { durationMs } from "./time-fields.ts";

/** A move that takes longer is better planned as several. */
const longestMoveDays = 7;

/** The deployments: looking at them, taking them in and out, their weights and states. */
export function deploymentMethods({
  operator,
}: AdminServiceOptions): AdminMethods<
  | "listDeployments"
  | "getDeployment"
  | "setWeights"
  | "setDeploymentState"
  | "resetCooldown"
  | "addDeployment"
  | "updateDeployment"
  | "removeDeployment"
> {
  return {
    listDeployments({ group, pageSize, pageToken }) {
      const wanted = group === "" ? undefined : group;
      const { etag } = operator;
      const all = operator.deployments(wanted);
      if (wanted !== undefined && all.length === 0) {
        throw new RouterError("not_found", `No deployment belongs to a group "${wanted}".`, { param: "group" });
      }
      const { items, nextToken } = pageOf(all, { size: pageSize, token: pageToken, filter: wanted ?? "" });
      return { deployments: items.map(toDeployment), nextPageToken: nextToken, etag };
    },

    getDeployment({ deploymentId }) {
      return { deployment: toDeployment(find(operator, deploymentId)), etag: operator.etag };
    },

    async setWeights({ weights, over, etag }, context) {
      const wanted = new Map(Object.entries(weights));
      if (wanted.size === 0) throw new RouterError("invalid_request", "There are no weights to set.", { param: "weights" });
      const overMs = durationMs(over, "over", longestMoveDays);
      const changes = valueOf(await operator.setWeights(wanted, overMs, actOf(context, etag)));
      return { changes: [...changes], etag: operator.etag };
    },

    async setDeploymentState({ deploymentId, state, etag }, context) {
      const id = required(deploymentId, "deployment_id");
      const deployment = valueOf(await operator.setDeploymentState(id, readState(state), actOf(context, etag)));
      return { deployment: toDeployment(deployment), etag: operator.etag };
    },

    async resetCooldown({ deploymentId }, context) {
      const id = required(deploymentId, "deployment_id");
      const wasResting = valueOf(await operator.resetCooldown(id, actOf(context, "")));
      return { deployment: toDeployment(find(operator, id)), wasResting };
    },

    async addDeployment({ entry, etag }, context) {
      const { deployment, warnings } = valueOf(await operator.addDeployment(required(entry, "entry"), actOf(context, etag)));
      return { deployment: toDeployment(deployment), warnings: warnings.map(toFinding), etag: operator.etag };
    },

    async updateDeployment({ deploymentId, entry, etag }, context) {
      const id = required(deploymentId, "deployment_id");
      const { deployment, warnings } = valueOf(await operator.updateDeployment(id, required(entry, "entry"), actOf(context, etag)));
      return { deployment: toDeployment(deployment), warnings: warnings.map(toFinding), etag: operator.etag };
    },

    async removeDeployment({ deploymentId, etag }, context) {
      const inFlight = valueOf(await operator.removeDeployment(required(deploymentId, "deployment_id"), actOf(context, etag)));
      return { inFlight, etag: operator.etag };
    },
  };
}

function find(operator: Operator, deploymentId: string): OperatedDeployment {
  const id = required(deploymentId, "deployment_id");
  const found = operator.deployments().find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new RouterError("not_found", `No deployment has the id "${id}".`, { param: "deployment_id" });
}
