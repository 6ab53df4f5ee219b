import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** A server in a process of its own, so that its CPU time is its own. */
export interface Target {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a server and waits until it prints a line with its address: `… http://HOST:PORT …`. */
export async function startTarget(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Target> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  const origin = await firstAddress(name, child);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} has no process`);
  return {
    name,
    origin,
    pid,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function firstAddress(name: string, child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const address = /http:\/\/[\w.[\]]+:\d+/.exec(text);
      if (address !== null) resolve(address[0]);
    });
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code} before it served:\n${text}`)));
  });
}
