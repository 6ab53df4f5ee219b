import { exitCodes, type ExitCode } from "./io.ts";

/** Why a command did not do what it was asked to, for people and for scripts. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly message: string;
}

/** The failure of a command line, or of a file that it names, that is wrong: exit code 2. */
export function badUse(message: string): Failure {
  return { exitCode: exitCodes.badUse, message };
}

/** The failure of a command that was asked for rightly and could not be carried out: exit code 1. */
export function failure(message: string): Failure {
  return { exitCode: exitCodes.failure, message };
}
