import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { interopFolder } from "./setup-problem.ts";

export interface ProgramRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Enough for any of the clients on a busy machine; one that takes longer hangs. */
const longestRunMs = 200_000;

/**
 * Runs a foreign program to its end. The service under test lives in this very process, so nothing here may block it.
 * @param program Relative to `.interop/`.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramRun> {
  const child = spawn(`${interopFolder}/${program}`, args, {
    // Proxies of the environment would stand between the client and this machine.
    env: { ...process.env, no_proxy: "*", NO_PROXY: "*", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: longestRunMs,
    killSignal: "SIGKILL",
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { exitCode, stdout, stderr };
}
