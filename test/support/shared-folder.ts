import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The folder of tables and recordings that stands beside the repository, or where `HUNTGROUP_SHARED` says. */
export const sharedFolder: string = resolve(root, process.env["HUNTGROUP_SHARED"] ?? "../shared");

/**
 * Tells `test` whether to skip for want of a file of the shared folder, and says so where it does.
 * @param path Below the folder: `cases/upstream-errors.json`.
 * @returns The reason to skip, or false where the file is there.
 */
export function skippedWithout(path: string): string | false {
  const file = join(sharedFolder, path);
  return existsSync(file) ? false : `${file} is missing: SKIPPED, nothing of it was tested (set HUNTGROUP_SHARED)`;
}
