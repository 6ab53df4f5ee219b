import { err, ok } from "../../lib/result.ts";
import { withKey, withMember } from "../state/control-state.ts";
import { describeDeployment, noDeployment } from "./named-deployment.ts";
import type { Planned, Present } from "./plan.ts";

/** Removes a deployment and all that was set of it. The answer is the number of calls still under way there. */
export function planRemoveDeployment({ state, config }: Present, deploymentId: string): Planned<number> {
  const { content } = config;
  if (!content.digests.has(deploymentId)) return err(noDeployment(deploymentId, config));
  return ok({
    next: {
      ...state,
      weights: withKey(state.weights, deploymentId, undefined),
      moves: withKey(state.moves, deploymentId, undefined),
      states: withKey(state.states, deploymentId, undefined),
      entries: withKey(state.entries, deploymentId, undefined),
      removedIds: withMember(state.removedIds, deploymentId, content.listedIds.has(deploymentId)),
    },
    check: { place: undefined },
    conclude: (done) => ({
      before: describeDeployment(deploymentId, config),
      after: `${deploymentId} is gone`,
      answer: done.deployments().find(({ id }) => id === deploymentId)?.inFlight ?? 0,
    }),
  });
}
