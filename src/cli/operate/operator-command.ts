import type { Command } from "commander";
import { connectionOptions, etagOption, readConnection } from "../kit/connection.ts";
import type { ServerAct, Understood } from "../kit/task.ts";

/**
 * Completes a command that asks a running server: adds the options of the connection, and what it does.
 * @param command Its name, summary, arguments and own options.
 * @param act Called with what commander gives an action: the arguments, the options, the command. It refuses what does not go together
 * with the command's `error`, and returns what to do at the server.
 * @param changes Whether it changes a state that has an etag.
 */
export function operatorCommand(
  command: Command,
  understood: Understood,
  act: (...args: never[]) => ServerAct,
  { changes = false }: { readonly changes?: boolean } = {},
): Command {
  if (changes) command.addOption(etagOption());
  command.optionsGroup("Which server, and how it is answered:");
  for (const option of connectionOptions()) command.addOption(option);
  return command.action(function read(this: Command, ...args: readonly unknown[]) {
    understood({ kind: "operate", connection: readConnection(this), act: act(...(args as readonly never[])) });
  });
}
