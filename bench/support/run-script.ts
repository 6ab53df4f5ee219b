import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { projectFile } from "./project-file.ts";

/** Runs a script of the bench to its end. @returns What it wrote, read as JSON. */
export async function runScript(path: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [projectFile(path), ...args]);
  return JSON.parse(stdout);
}
