import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";
import { interopFolder } from "../../interop/support/setup-problem.ts";

export const root = join(import.meta.dirname, "../../..");

/** The foreign programs that look at deploy/, and where they come from. */
const origins = {
  promtool: "on Debian, scripts/ci-install.sh installs it",
  "systemd-analyze": "on Debian, scripts/ci-install.sh installs it",
  helm: "`npm run interop:setup` builds it",
  hadolint: "`npm run interop:setup` fetches it",
  "kubernetes-validate": "`npm run interop:setup` fetches it",
} as const;

export type ToolName = keyof typeof origins;

export interface ToolRun {
  readonly code: number | null;
  /** What it printed for people and for programs, in this order. */
  readonly output: string;
  readonly stdout: string;
}

function find(name: ToolName): string | undefined {
  const folders = [join(interopFolder, "bin"), join(interopFolder, "linters/bin"), ...(process.env["PATH"] ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function runTool(name: ToolName, args: readonly string[], input = ""): ToolRun {
  const path = find(name);
  if (path === undefined) throw new Error(`${name} is missing: ${origins[name]}`);
  const { status, stdout, stderr, error } = spawnSync(path, args, { cwd: root, encoding: "utf8", input, maxBuffer: 64 * 1_048_576 });
  if (error !== undefined) throw error;
  return { code: status, output: stderr + stdout, stdout };
}

/** A suite that needs foreign programs. Where one is missing it is one skipped test, counted, that says which and how to get it. */
export function describeWithTools(names: readonly ToolName[], title: string, suite: () => void): void {
  const missing = names.filter((name) => find(name) === undefined);
  if (missing.length === 0) describe(title, suite);
  else it(title, { skip: missing.map((name) => `${name} is missing: ${origins[name]}`).join("; ") }, () => undefined);
}
