import { execFile } from "node:child_process";
import { join } from "node:path";

const repositoryRoot = join(import.meta.dirname, "../../..");
/** Where the setup puts what it makes. */
export const interopFolder = join(repositoryRoot, ".interop");

/** What the setup prepares: the clients of a language, the linters of Python's, helm, the clients of the matrix. */
export type SetupPart = "python" | "go" | "java" | "rust" | "linters" | "helm" | "python-clients" | "node-clients";

/**
 * Why a part of the setup cannot be used here, as the reason to skip their tests: what is missing, and how to get it.
 * Undefined when they can.
 */
export function setupProblem(part: SetupPart): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(join(repositoryRoot, "scripts/interop-setup.sh"), ["--check", part], (error, stdout, stderr) => {
      const found = (stdout + stderr).trim();
      resolve(error === null ? undefined : `${found === "" ? error.message : found}; to run these tests: npm run interop:setup`);
    });
  });
}
