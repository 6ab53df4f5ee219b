import type { DeploymentState } from "../../core/deployment-state.ts";
import { err, ok } from "../../lib/result.ts";
import type { OperatedDeployment } from "../operator.ts";
import { withKey } from "../state/control-state.ts";
import { steeredDeployment, whyNotSteered } from "./named-deployment.ts";
import type { Planned, Present } from "./plan.ts";
import { refuseRequest } from "./refuse.ts";

interface StateRequest {
  readonly deploymentId: string;
  readonly wanted: DeploymentState;
}

/** Makes a deployment active, draining or blocked. */
export function planSetDeploymentState({ state, config }: Present, { deploymentId, wanted }: StateRequest): Planned<OperatedDeployment> {
  const unknown = whyNotSteered(deploymentId, config);
  if (unknown !== undefined) return err(unknown);
  const configured = config.source.deployments.find(({ id }) => id === deploymentId);
  if (configured?.blocked === true && wanted !== "blocked") {
    return refuseRequest(`"${deploymentId}" is blocked by its own model_info.blocked; change its entry to use it`, "state");
  }
  return ok({
    next: { ...state, states: withKey(state.states, deploymentId, wanted === "active" ? undefined : wanted) },
    conclude: (done) => ({
      before: `${deploymentId} ${state.states.get(deploymentId) ?? "active"}`,
      after: `${deploymentId} ${wanted}`,
      answer: steeredDeployment(deploymentId, done),
    }),
  });
}
