import { err, ok, type Result } from "../../lib/result.ts";
import { badUse, type Failure } from "./failure.ts";
import type { CliIo } from "./io.ts";

/**
 * Reads a file that the command line names.
 * @param path `-` for standard input.
 */
export async function readTextFile(path: string, io: CliIo): Promise<Result<string, Failure>> {
  try {
    return ok(path === "-" ? await io.readStandardInput() : await io.readFile(path));
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return err(badUse(`${path} cannot be read (${reason}).`));
  }
}
