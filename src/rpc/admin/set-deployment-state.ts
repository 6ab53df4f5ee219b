import type { AdminMethod } from "./admin-method.ts";
import { toDeployment } from "./messages/deployment-message.ts";
import { actOf, required, valueOf } from "./messages/request-fields.ts";
import { readState } from "./messages/state-enum.ts";

/** Takes a deployment out of use, or back into it. */
export const setDeploymentStateMethod: AdminMethod<"setDeploymentState"> =
  ({ operator }) =>
  async ({ deploymentId, state, etag }, context) => {
    const id = required(deploymentId, "deployment_id");
    const deployment = valueOf(await operator.setDeploymentState(id, readState(state), actOf(context, etag)));
    return { deployment: toDeployment(deployment), etag: operator.etag };
  };
