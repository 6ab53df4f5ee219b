import { spawnSync } from "node:child_process";
import { projectFile } from "./project-file.ts";

/** All that a program says; undefined where there is no such program. It runs in the project's root. */
export function programOutput(command: string, ...args: readonly string[]): string | undefined {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", cwd: projectFile(".") });
  return error === undefined ? (stdout + stderr).trim() : undefined;
}

/** The first version number that it tells. */
export function programVersion(command: string, ...args: readonly string[]): string | undefined {
  return /\d+(\.\d+)+/.exec(programOutput(command, ...args) ?? "")?.[0];
}
