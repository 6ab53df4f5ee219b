import type { DeploymentState } from "../../gen/huntgroup/v1/admin_pb.ts";
import type { Api } from "./api.ts";
import { stateWord } from "./eligibility.ts";
import { span, weight } from "./format.ts";
import type { Live } from "./live.ts";
import type { Notices } from "./notices.ts";
import { sentence } from "./sentence.ts";

/** What a person can do to deployments from here. Each change shows a notice of how it went; none throws. */
export interface Operations {
  /** @param overMs How long the ramp takes; 0 to set the weights at once. */
  setWeights(weights: ReadonlyMap<string, number>, overMs: number): Promise<void>;
  setState(deploymentId: string, state: DeploymentState): Promise<void>;
  resetCooldown(deploymentId: string): Promise<void>;
  /** Opens the form of a deployment's entry. Undefined: of a new one. */
  edit(deploymentId: string | undefined): void;
}

/** Makes the operations on deployments. @param edit Opens the form. */
export function createOperations({ admin }: Api, live: Live, notices: Notices, edit: Operations["edit"]): Operations {
  const attempt = async (what: string, act: () => Promise<string>): Promise<void> => {
    try {
      notices.done(await act());
    } catch (error) {
      notices.failed(`${what}: ${sentence(error)}`);
    }
  };
  return {
    edit,
    setWeights: (weights, overMs) =>
      attempt(`Weights of ${[...weights.keys()].join(", ")} not set`, async () => {
        const over = overMs === 0 ? {} : { over: { seconds: BigInt(Math.round(overMs / 1_000)), nanos: 0 } };
        const { changes } = await admin.setWeights({ weights: Object.fromEntries(weights), ...over });
        if (overMs > 0) return `${describe(weights)} within ${span(overMs)}`;
        live.weightsSet(changes);
        return describe(weights);
      }),
    setState: (deploymentId, state) =>
      attempt(`${deploymentId} not set to ${stateWord(state)}`, async () => {
        await admin.setDeploymentState({ deploymentId, state });
        return `${deploymentId} is ${stateWord(state)}`;
      }),
    resetCooldown: (deploymentId) =>
      attempt(`Cooldown of ${deploymentId} not ended`, async () => {
        const { wasResting } = await admin.resetCooldown({ deploymentId });
        return wasResting ? `The cooldown of ${deploymentId} is ended` : `${deploymentId} was not cooling down`;
      }),
  };
}

function describe(weights: ReadonlyMap<string, number>): string {
  const parts = [...weights].map(([id, value]) => `${id} to ${weight(value)}`);
  return `${parts.length === 1 ? "Weight" : "Weights"} set: ${parts.join(", ")}`;
}
