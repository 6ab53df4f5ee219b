import type { AdminMethod } from "./admin-method.ts";
import { actOf, required, valueOf } from "./messages/request-fields.ts";

/** Takes a deployment out of the table. It answers how many calls are still under way there. */
export const removeDeploymentMethod: AdminMethod<"removeDeployment"> =
  ({ operator }) =>
  async ({ deploymentId, etag }, context) => {
    const inFlight = valueOf(await operator.removeDeployment(required(deploymentId, "deployment_id"), actOf(context, etag)));
    return { inFlight, etag: operator.etag };
  };
