import { Command } from "commander";
import { DeploymentState, SetDeploymentStateResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { counted } from "../render/format.ts";
import type { ServerAct, Understood } from "../kit/task.ts";
import { presentText } from "../kit/values.ts";
import { operatorCommand } from "./operator-command.ts";
import { askBeforeLast, yesOption } from "./ask-before-last.ts";
import { listAllDeployments } from "./list-all-deployments.ts";
import { resolveId } from "./resolve-id.ts";

/** Makes the command `huntgroup drain ID`. */
export function drainCommand(understood: Understood): Command {
  const command = new Command("drain").description("give a deployment no new calls; those under way end");
  return stateCommand(command, understood, DeploymentState.DRAINING, "is draining");
}

/** Makes the command `huntgroup block ID`. */
export function blockCommand(understood: Understood): Command {
  const command = new Command("block").description("give it none at all, not even by its id");
  return stateCommand(command, understood, DeploymentState.BLOCKED, "is blocked");
}

/** Makes the command `huntgroup activate ID`. */
export function activateCommand(understood: Understood): Command {
  const command = new Command("activate").description("take a drained or blocked deployment back into use");
  return stateCommand(command, understood, DeploymentState.ACTIVE, "is active");
}

function stateCommand(command: Command, understood: Understood, state: DeploymentState, outcome: string): Command {
  const act =
    (given: string, { yes = false }: { readonly yes?: boolean }): ServerAct =>
    async (session) => {
      const { deployments } = await listAllDeployments(session, undefined);
      const id = resolveId(given, deployments);
      if (!id.ok) return id;
      const asked = state === DeploymentState.ACTIVE ? ok(undefined) : await askBeforeLast(session, id.value, deployments, yes);
      if (!asked.ok) return asked;
      const response = await session.client.setDeploymentState({ deploymentId: id.value, state, etag: session.etag });
      session.answer(SetDeploymentStateResponseSchema, response, () => {
        const inFlight = response.deployment?.inFlight ?? 0;
        const left = state === DeploymentState.ACTIVE || inFlight === 0 ? "" : `; ${counted(inFlight, "call")} still under way`;
        return `${id.value} ${outcome}${left}\n`;
      });
      return ok(undefined);
    };
  if (state !== DeploymentState.ACTIVE) command.addOption(yesOption());
  return operatorCommand(command.argument("<ID>", "", presentText), understood, act, { changes: true });
}
