import type { AdminMethod } from "./admin-method.ts";
import { toDeployment } from "./messages/deployment-message.ts";
import { findDeployment } from "./messages/find-deployment.ts";

/** One deployment by its id. */
export const getDeploymentMethod: AdminMethod<"getDeployment"> =
  ({ operator }) =>
  ({ deploymentId }) => ({ deployment: toDeployment(findDeployment(operator, deploymentId)), etag: operator.etag });
