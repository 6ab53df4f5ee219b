import { Command, Option } from "commander";
import { SetAliasResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import type { ServerAct, Understood } from "../kit/task.ts";
import { presentText } from "../kit/values.ts";
import { operatorCommand } from "./operator-command.ts";

interface AliasFlags {
  readonly hidden?: boolean;
}

/** Makes the command `huntgroup alias NAME [GROUP…]`. */
export function aliasCommand(understood: Understood): Command {
  const command = new Command("alias")
    .description("another name for one or several groups; without groups it is removed")
    .argument("<NAME>", "", presentText)
    .argument("[GROUP...]")
    .addOption(new Option("--hidden", "leave it out of the list of models"));
  return operatorCommand(command, understood, setAlias, { changes: true });
}

function setAlias(name: string, targets: readonly string[], { hidden = false }: AliasFlags, command: Command): ServerAct {
  if (hidden && targets.length === 0) command.error("--hidden needs the groups too; without groups the alias is removed.");
  return async (session) => {
    const response = await session.client.setAlias({ alias: name, targets: [...targets], hidden, etag: session.etag });
    session.answer(SetAliasResponseSchema, response, () => {
      const was = response.before.length === 0 ? "" : ` (was ${response.before.join(", ")})`;
      return response.after.length === 0
        ? `removed ${name}${was}\n`
        : `${name} is ${response.after.join(", ")}${hidden ? ", hidden" : ""}${was}\n`;
    });
    return ok(undefined);
  };
}
