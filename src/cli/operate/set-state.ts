import { DeploymentState, SetDeploymentStateResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { CommandSpec } from "../kit/command-spec.ts";
import { ok } from "../../lib/result.ts";
import { counted } from "../render/format.ts";
import { operatorSpec } from "./operator-spec.ts";
import { findId } from "./resolve-id.ts";

export const drain = stateCommand("drain", DeploymentState.DRAINING, "give a deployment no new calls; those under way end", "is draining");
export const block = stateCommand("block", DeploymentState.BLOCKED, "give it none at all, not even by its id", "is blocked");
export const activate = stateCommand("activate", DeploymentState.ACTIVE, "take a drained or blocked deployment back into use", "is active");

function stateCommand(name: string, state: DeploymentState, summary: string, outcome: string): CommandSpec {
  return operatorSpec({
    name,
    usage: "ID",
    summary,
    changes: true,
    parse(words) {
      const given = words.argument("a deployment's id");
      return async (session) => {
        const id = await findId(session, given);
        if (!id.ok) return id;
        const response = await session.client.setDeploymentState({ deploymentId: id.value, state, etag: session.etag });
        session.answer(SetDeploymentStateResponseSchema, response, () => {
          const inFlight = response.deployment?.inFlight ?? 0;
          const left = state === DeploymentState.ACTIVE || inFlight === 0 ? "" : `; ${counted(inFlight, "call")} still under way`;
          return `${id.value} ${outcome}${left}\n`;
        });
        return ok(undefined);
      };
    },
  });
}
