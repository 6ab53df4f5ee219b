import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { bareEnvironment } from "./bare-environment.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

/** The program as its users start it: a process with arguments, an environment, two outputs and an exit code. */
export interface Program {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly exit: Promise<number | null>;
}

export function startProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  return programOf(spawn(process.execPath, [main, ...args], { env: { ...bareEnvironment, ...env } }));
}

/** The same, in a process that may have so many files and connections open at once. */
export function startProgramWithFiles(files: number, args: readonly string[]): Program {
  const shell = ["-c", `ulimit -n ${files} && exec "$@"`, "sh", process.execPath, main, ...args];
  return programOf(spawn("sh", shell, { env: { ...bareEnvironment } }));
}

function programOf(child: ChildProcessWithoutNullStreams): Program {
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const exit = once(child, "close").then(([code]) => code as number | null);
  return { child, out: () => out, err: () => err, exit };
}

/** Waits until it says that it serves, in text or as a line of the log, and returns the address. */
export async function served(program: Program): Promise<string> {
  for (;;) {
    const address = /huntgroup serves .*(https?:\/\/[^\s/]+) .*(?:"\}|curl -N)/s.exec(program.out());
    if (address?.[1] !== undefined) return address[1];
    await somethingSaid(program, program.child.stdout!);
  }
}

/** Waits until what it says of its doings, in its log or elsewhere, matches. */
export async function told(program: Program, pattern: RegExp): Promise<void> {
  while (!pattern.test(program.out()) && !pattern.test(program.err())) {
    await Promise.race([somethingSaid(program, program.child.stdout!), somethingSaid(program, program.child.stderr!)]);
  }
}

async function somethingSaid(program: Program, output: NonNullable<ChildProcess["stdout"]>): Promise<void> {
  await Promise.race([
    once(output, "data"),
    program.exit.then((code) => Promise.reject(new Error(`ended with ${code}: ${program.err()}`))),
  ]);
}
