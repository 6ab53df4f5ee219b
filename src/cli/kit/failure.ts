import { exitCodes, type ExitCode } from "./io.ts";

/** Why a command did not do what it was asked to, for people and for scripts. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly message: string;
}

/** What was asked for cannot be: the command line or a file that it names is wrong. */
export function badUse(message: string): Failure {
  return { exitCode: exitCodes.badUse, message };
}

/** It was asked for rightly, and did not come about. */
export function failure(message: string): Failure {
  return { exitCode: exitCodes.failure, message };
}
