import { Command, Option } from "commander";
import { adviseStrategies } from "../../config/load/advise.ts";
import { describeConfig } from "../../config/load/describe-config.ts";
import { describeChanges } from "../../control/views/describe-changes.ts";
import type { ConfigLoader } from "../../control/plane/load-under-state.ts";
import { openControl } from "../../control/plane/open-control.ts";
import { systemClock } from "../../lib/clock.ts";
import { invalidOptions, skipsInvalid } from "./invalid-options.ts";
import type { Task, Understood } from "../kit/task.ts";
import { exitCodes, type CliIo, type ExitCode } from "../kit/io.ts";
import { reportFindings } from "./report-findings.ts";

interface CheckFlags {
  readonly config?: string;
  readonly skipInvalid?: boolean;
  readonly strict?: boolean;
}

/** Makes the command `huntgroup check`. */
export function checkCommand(understood: Understood): Command {
  const command = new Command("check")
    .description("print every problem of a configuration, or the routing table it makes; fails where a deployment would be left out")
    .usage("FILE")
    .argument("[FILE...]")
    .addOption(new Option("-c, --config <FILE>", "the file, in another way"));
  for (const option of invalidOptions()) command.addOption(option);
  return command.action((given: readonly string[], flags: CheckFlags) => {
    const { config } = flags;
    const files = [...(config === undefined ? [] : [config]), ...given];
    if (files.length !== 1) command.error('"check" takes one file: huntgroup check FILE.');
    understood({ kind: "check", file: files[0] ?? "", skipInvalid: skipsInvalid(flags) });
  });
}

/** `huntgroup check FILE`: prints every problem, or the routing table that the file makes. */
export async function runCheck(task: Task & { kind: "check" }, io: CliIo): Promise<ExitCode> {
  const load: ConfigLoader = (changes) => io.loadConfig(task.file, { skipInvalid: task.skipInvalid, ...changes });
  const opened = await openControl({ load, clock: systemClock, readOnly: true, stateFile: (config) => config.stateFile });
  if (reportFindings(task.file, opened.result, io) === undefined || opened.base === undefined) return exitCodes.badUse;
  for (const message of opened.warnings) io.err(`warning: ${message}\n`);
  io.out(describeConfig(opened.base));
  const changes = describeChanges(opened.state, opened.base);
  if (changes.length > 0) io.out(`\ndiffers from the file, by ${opened.store.path}:\n${changes.map((line) => `  ${line}\n`).join("")}`);
  const hints = Array.from(adviseStrategies(opened.base.source), ([group, said]) =>
    said.map((sentence) => `hint: group ${group} ${sentence}\n`),
  );
  if (hints.length > 0) io.out(`\n${hints.flat().join("")}`);
  const { invalid } = opened.base.source;
  if (invalid.length === 0 || task.skipInvalid === true) return exitCodes.ok;
  const which = invalid.length === 1 ? "1 deployment" : `${invalid.length} deployments`;
  io.err(`huntgroup: ${which} would be LEFT OUT: put right what the warnings say, or say --skip-invalid to accept it.\n`);
  return exitCodes.failure;
}
