import { Command } from "commander";
import { ResetCooldownResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import type { Understood } from "../kit/task.ts";
import { presentText } from "../kit/values.ts";
import { operatorCommand } from "./operator-command.ts";
import { findId } from "./resolve-id.ts";

/** Makes the command `huntgroup reset-cooldown ID`. */
export function resetCooldownCommand(understood: Understood): Command {
  const command = new Command("reset-cooldown")
    .description("end the cooldown of a deployment that failed: it is used again at once")
    .argument("<ID>", "", presentText);
  return operatorCommand(command, understood, (given: string) => async (session) => {
    const id = await findId(session, given);
    if (!id.ok) return id;
    const response = await session.client.resetCooldown({ deploymentId: id.value });
    session.answer(ResetCooldownResponseSchema, response, () =>
      response.wasResting ? `${id.value} is not cooling down any more\n` : `${id.value} was not cooling down\n`,
    );
    return ok(undefined);
  });
}
