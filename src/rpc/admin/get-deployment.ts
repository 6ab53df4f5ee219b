import type { JsonObject } from "@bufbuild/protobuf";
import type { AdminMethod } from "./admin-method.ts";
import { toDeployment } from "./messages/deployment-message.ts";
import { findDeployment } from "./messages/find-deployment.ts";

/** One deployment by its id, with its entry of the configuration. */
export const getDeploymentMethod: AdminMethod<"getDeployment"> =
  ({ operator }) =>
  ({ deploymentId }) => {
    const deployment = toDeployment(findDeployment(operator, deploymentId));
    const entry = operator.entry(deploymentId);
    return { deployment, etag: operator.etag, ...(entry !== undefined && { entry: entry as JsonObject }) };
  };
