import type { Command } from "commander";
import { connectionOptions, etagOption, readConnection } from "../kit/connection.ts";
import type { Act, Understood } from "../kit/task.ts";

/**
 * Completes a command that asks a running server: adds the options of the connection, and what it does.
 * @param command Its name, summary, arguments and own options.
 * @param act Given what commander gives an action: the arguments, the options, the command. What is wrong with them together it says with
 * the command's `error`; otherwise it returns what is to be done.
 * @param changes Whether it changes a state that has an etag.
 */
export function operatorCommand(
  command: Command,
  understood: Understood,
  act: (...args: never[]) => Act,
  { changes = false }: { readonly changes?: boolean } = {},
): Command {
  if (changes) command.addOption(etagOption());
  command.optionsGroup("Which server, and how it is answered:");
  for (const option of connectionOptions()) command.addOption(option);
  return command.action(function read(this: Command, ...args: readonly unknown[]) {
    understood({ kind: "operate", connection: readConnection(this), act: act(...(args as readonly never[])) });
  });
}
