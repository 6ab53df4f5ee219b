import type { AdminMethod } from "./admin-method.ts";
import { toDeployment } from "./messages/deployment-message.ts";
import { toFinding } from "./messages/finding-message.ts";
import { actOf, required, valueOf } from "./messages/request-fields.ts";

/** Puts another entry of `model_list` in the place of a deployment's. */
export const updateDeploymentMethod: AdminMethod<"updateDeployment"> =
  ({ operator }) =>
  async ({ deploymentId, entry, etag }, context) => {
    const id = required(deploymentId, "deployment_id");
    const { deployment, warnings } = valueOf(await operator.updateDeployment(id, required(entry, "entry"), actOf(context, etag)));
    return { deployment: toDeployment(deployment), warnings: warnings.map(toFinding), etag: operator.etag };
  };
