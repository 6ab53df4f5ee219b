import { DeploymentState, type SetDeploymentStateRequest } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { deploymentStates, type DeploymentState as StateName } from "../../core/deployment-state.ts";
import { RouterError } from "../../core/errors.ts";

const values: Readonly<Record<StateName, DeploymentState>> = {
  active: DeploymentState.ACTIVE,
  draining: DeploymentState.DRAINING,
  blocked: DeploymentState.BLOCKED,
};

export function toState(name: StateName): DeploymentState {
  return values[name];
}

/** @throws RouterError for one that is not set or not known. */
export function readState(value: SetDeploymentStateRequest["state"]): StateName {
  const name = deploymentStates.find((one) => values[one] === value);
  if (name !== undefined) return name;
  const allowed = deploymentStates.map((one) => `DEPLOYMENT_STATE_${one.toUpperCase()}`).join(", ");
  throw new RouterError(
    "invalid_request",
    `state is ${value === DeploymentState.UNSPECIFIED ? "missing" : value}; it must be one of ${allowed}.`,
    {
      param: "state",
    },
  );
}
