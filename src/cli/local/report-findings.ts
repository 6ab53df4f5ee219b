import { formatProblem } from "../../config/load/config-problem.ts";
import type { LoadedConfig, LoadResult } from "../../config/load/load-config.ts";
import type { CliIo } from "../kit/io.ts";

/** Prints the warnings and problems of a configuration. @returns The configuration, unless it has a problem. */
export function reportFindings(file: string, result: LoadResult, io: CliIo): LoadedConfig | undefined {
  for (const warning of result.warnings) io.err(`warning: ${formatProblem(warning)}\n`);
  for (const problem of result.problems) io.err(`error: ${formatProblem(problem)}\n`);
  if (result.config === undefined) {
    const count = result.problems.length;
    io.err(`huntgroup: ${file} has ${count} ${count === 1 ? "problem" : "problems"}; nothing was started.\n`);
  }
  return result.config;
}
