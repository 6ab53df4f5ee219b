import { checkCommand } from "./local/check-command.ts";
import { helpText } from "./help-text.ts";
import { exitCodes, type CliIo, type ExitCode } from "./kit/io.ts";
import { operateCommand } from "./operate/operate-command.ts";
import { packageVersion } from "./kit/package-root.ts";
import { parseCommand } from "./parse-command.ts";
import { serveCommand } from "./local/serve-command.ts";

/** Runs one command line to its end and returns the exit code. */
export async function run(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const parsed = parseCommand(args, io.env);
  if (!parsed.ok) {
    io.err(`huntgroup: ${parsed.error}\nSee huntgroup --help.\n`);
    return exitCodes.badUse;
  }
  const command = parsed.value;
  switch (command.kind) {
    case "help":
      io.out(helpText(command.topic));
      return exitCodes.ok;
    case "version":
      io.out(`${packageVersion()}\n`);
      return exitCodes.ok;
    case "check":
      return await checkCommand(command, io);
    case "serve":
      return await serveCommand(command, io);
    case "operate":
      return await operateCommand(command, io);
    default:
      return command satisfies never;
  }
}
