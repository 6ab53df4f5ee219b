import { Command, Option } from "commander";
import { CallHistory } from "../../simulation/calibration/call-history.ts";
import { calibrate } from "../../simulation/calibration/calibrate.ts";
import { writeScenario } from "../../simulation/calibration/write-scenario.ts";
import { exitCodes, type CliIo, type ExitCode } from "../kit/io.ts";
import type { Task, Understood } from "../kit/task.ts";
import { presentText } from "../kit/values.ts";
import { reportFindings } from "./report-findings.ts";

interface CalibrateFlags {
  readonly log: string;
  readonly config?: string;
  readonly out?: string;
}

/** Makes the command `huntgroup calibrate`. */
export function calibrateCommand(understood: Understood): Command {
  return new Command("calibrate")
    .description("learn from an access log how fast deployments are and who calls, and write it as a scenario for simulations")
    .addOption(new Option("--log <FILE>", "the log, in JSON lines; - for standard input").argParser(presentText).makeOptionMandatory())
    .addOption(
      new Option("-c, --config <FILE>", "leave out deployments and groups that this configuration does not have").argParser(presentText),
    )
    .addOption(new Option("--out <FILE>", "write the scenario there (default: standard output)").argParser(presentText))
    .action(({ log, config, out }: CalibrateFlags) => understood({ kind: "calibrate", logFile: log, configFile: config, outFile: out }));
}

/** `huntgroup calibrate --log FILE`: writes a scenario of what the log shows. */
export async function runCalibrate(task: Task & { kind: "calibrate" }, io: CliIo): Promise<ExitCode> {
  const { logFile, configFile, outFile } = task;
  const history = new CallHistory();
  try {
    for await (const line of io.readLines(logFile)) history.add(line);
  } catch (error) {
    return refused(`${logFile} cannot be read (${reasonOf(error)}).`, io);
  }
  const learned = calibrate(history);
  if (typeof learned === "string") return refused(`${logFile}: ${learned}.`, io);
  let { deployments, traffic } = learned;
  if (configFile !== undefined) {
    const config = reportFindings(configFile, await io.loadConfig(configFile, { skipInvalid: true, overlay: [], texts: undefined }), io);
    if (config === undefined) return exitCodes.badUse;
    const known = config.source.deployments;
    const silent = known.filter(({ id }) => !deployments.some((one) => one.id === id));
    if (silent.length > 0) io.err(`no calls in the log went to ${silent.map(({ id }) => id).join(", ")}\n`);
    deployments = deployments.filter(({ id }) => known.some((one) => one.id === id));
    traffic = traffic.filter(({ group }) => known.some((one) => one.group === group));
  }
  const text = writeScenario({ ...learned, deployments, traffic });
  if (outFile === undefined) {
    io.out(text);
    return exitCodes.ok;
  }
  try {
    await io.writeFile(outFile, text);
  } catch (error) {
    return refused(`${outFile} cannot be written (${reasonOf(error)}).`, io);
  }
  io.err(`learned from ${learned.calls} calls; ${learned.lines.broken} broken lines were left aside\n`);
  return exitCodes.ok;
}

function refused(message: string, io: CliIo): ExitCode {
  io.err(`huntgroup: ${message}\n`);
  return exitCodes.badUse;
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}
