import type { OperatedDeployment, Operator } from "../../../control/operator.ts";
import { shownName } from "../../../lib/long-name.ts";
import { RouterError } from "../../../core/errors.ts";
import { required } from "./request-fields.ts";

/** The deployment that a request's `deployment_id` names. @throws RouterError where that is missing or unknown. */
export function findDeployment(operator: Pick<Operator, "deployments">, deploymentId: string): OperatedDeployment {
  const id = required(deploymentId, "deployment_id");
  const found = operator.deployments().find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new RouterError("not_found", `No deployment has the id "${shownName(id)}".`, { param: "deployment_id" });
}
