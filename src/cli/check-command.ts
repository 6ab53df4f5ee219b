import { describeConfig } from "../config/describe-config.ts";
import type { Command } from "./command.ts";
import { exitCodes, type CliIo, type ExitCode } from "./io.ts";
import { reportFindings } from "./report-findings.ts";

/** `huntgroup check FILE`: every problem, or the routing table that the file makes. */
export async function checkCommand(command: Command & { kind: "check" }, io: CliIo): Promise<ExitCode> {
  const result = await io.loadConfig(command.file, { skipInvalid: command.skipInvalid });
  const config = reportFindings(command.file, result, io);
  if (config === undefined) return exitCodes.badUse;
  io.out(describeConfig(config));
  return exitCodes.ok;
}
