import type { AdminMethod } from "./admin-method.ts";
import { toDeployment } from "./messages/deployment-message.ts";
import { findDeployment } from "./messages/find-deployment.ts";
import { actOf, required, valueOf } from "./messages/request-fields.ts";

/** Ends a deployment's cooldown. It takes no etag: a cooldown is no part of the state that an etag stands for. */
export const resetCooldownMethod: AdminMethod<"resetCooldown"> =
  ({ operator }) =>
  async ({ deploymentId }, context) => {
    const id = required(deploymentId, "deployment_id");
    const wasResting = valueOf(await operator.resetCooldown(id, actOf(context, "")));
    return { deployment: toDeployment(findDeployment(operator, id)), wasResting };
  };
