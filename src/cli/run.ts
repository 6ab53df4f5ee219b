import { runCalibrate } from "./local/calibrate.ts";
import { runCheck } from "./local/check.ts";
import { exitCodes, type CliIo, type ExitCode } from "./kit/io.ts";
import { runOperation } from "./operate/run-operation.ts";
import { parseCommand } from "./parse-command.ts";
import { runServe } from "./local/run-serve.ts";
import { runSimulate } from "./local/run-simulate.ts";

/** Runs one command line to its end. @returns The exit code. */
export async function run(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const parsed = parseCommand(args, io.env, io.terminal()?.columns);
  if (!parsed.ok) {
    io.err(`huntgroup: ${parsed.error}\n`);
    return exitCodes.badUse;
  }
  const task = parsed.value;
  switch (task.kind) {
    case "print":
      io.out(task.text);
      return exitCodes.ok;
    case "check":
      return await runCheck(task, io);
    case "simulate":
      return await runSimulate(task, io);
    case "calibrate":
      return await runCalibrate(task, io);
    case "serve":
      return await runServe(task, io);
    case "operate":
      return await runOperation(task, io);
    default:
      return task satisfies never;
  }
}
