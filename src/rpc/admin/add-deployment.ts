import type { AdminMethod } from "./admin-method.ts";
import { toDeployment } from "./messages/deployment-message.ts";
import { toFinding } from "./messages/finding-message.ts";
import { actOf, required, valueOf } from "./messages/request-fields.ts";

/** Adds a deployment, given as an entry of `model_list`. */
export const addDeploymentMethod: AdminMethod<"addDeployment"> =
  ({ operator }) =>
  async ({ entry, etag }, context) => {
    const { deployment, warnings } = valueOf(await operator.addDeployment(required(entry, "entry"), actOf(context, etag)));
    return { deployment: toDeployment(deployment), warnings: warnings.map(toFinding), etag: operator.etag };
  };
