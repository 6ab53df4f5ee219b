import { DeploymentState, type SetDeploymentStateRequest } from "../../../../gen/huntgroup/v1/admin_pb.ts";
import { deploymentStates, type DeploymentState as StateName } from "../../../core/deployment-state.ts";
import { RouterError } from "../../../core/errors.ts";

const values: Readonly<Record<StateName, DeploymentState>> = {
  active: DeploymentState.ACTIVE,
  draining: DeploymentState.DRAINING,
  blocked: DeploymentState.BLOCKED,
};

/** The enum value that stands for a state of the core. */
export function toState(name: StateName): DeploymentState {
  return values[name];
}

/** The state that a request asks for. @throws RouterError `invalid_request` where it is unset or unknown. */
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
