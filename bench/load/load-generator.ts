import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { JobAnswer, JobMessage, Jobs } from "./jobs.ts";

/** The load generator's process, seen from the runner. One job at a time. */
export class LoadGenerator {
  readonly #child: ChildProcess;

  /** @param core As `taskset` writes it. */
  constructor(core: string | undefined) {
    const args = [join(import.meta.dirname, "generator.ts")];
    const [command, allArgs] = core === undefined ? [process.execPath, args] : ["taskset", ["-c", core, process.execPath, ...args]];
    // Messages hold arrays of numbers, which JSON would spell out.
    this.#child = spawn(command, allArgs, { stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced" });
    // Also in the middle of a job.
    process.on("exit", () => this.#child.kill());
  }

  /** Rejects when an answer was not what it had to be. */
  async run<Kind extends keyof Jobs>(kind: Kind, job: Jobs[Kind]["job"]): Promise<Jobs[Kind]["result"]> {
    const ended = new AbortController();
    const onExit = (code: number | null): void => ended.abort(new Error(`the load generator ended with ${code}`));
    this.#child.once("exit", onExit);
    try {
      this.#child.send({ kind, job } satisfies JobMessage);
      const [answer] = (await once(this.#child, "message", { signal: ended.signal })) as [JobAnswer];
      if ("error" in answer) throw new Error(answer.error);
      return answer.result;
    } finally {
      this.#child.off("exit", onExit);
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}
