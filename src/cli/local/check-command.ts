import { describeConfig } from "../../config/load/describe-config.ts";
import { describeChanges } from "../../control/views/describe-changes.ts";
import type { ConfigLoader } from "../../control/plane/load-under-state.ts";
import { openControl } from "../../control/plane/open-control.ts";
import { systemClock } from "../../lib/clock.ts";
import type { Command } from "../kit/command.ts";
import { exitCodes, type CliIo, type ExitCode } from "../kit/io.ts";
import { reportFindings } from "./report-findings.ts";

/** `huntgroup check FILE`: every problem, or the routing table that the file makes. */
export async function checkCommand(command: Command & { kind: "check" }, io: CliIo): Promise<ExitCode> {
  const load: ConfigLoader = (changes) => io.loadConfig(command.file, { skipInvalid: command.skipInvalid, ...changes });
  const opened = await openControl({ load, clock: systemClock, readOnly: true, stateFile: (config) => config.stateFile });
  if (reportFindings(command.file, opened.result, io) === undefined || opened.base === undefined) return exitCodes.badUse;
  for (const message of opened.warnings) io.err(`warning: ${message}\n`);
  io.out(describeConfig(opened.base));
  const changes = describeChanges(opened.state, opened.base);
  if (changes.length > 0) io.out(`\ndiffers from the file, by ${opened.store.path}:\n${changes.map((line) => `  ${line}\n`).join("")}`);
  return exitCodes.ok;
}
