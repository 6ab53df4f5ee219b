import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A program in a process of its own, so that its CPU time is its own. */
export interface Launched {
  readonly pid: number;
  readonly port: number;
  /** All ports that it told of, by their schemes. */
  readonly ports: Readonly<Record<string, number>>;
  readonly stop: () => Promise<void>;
}

export interface LaunchOptions {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** As `taskset` writes it. */
  readonly core?: string | undefined;
  /** Where it was told to listen. Without it, it prints a line with its address: `… http://HOST:PORT …`. */
  readonly port?: number;
}

type Ports = Readonly<Record<string, number>> & { readonly http: number };

const running = new Set<ChildProcess>();
// Whatever becomes of the run, nothing outlives it. A killed master would leave its workers behind, so it is asked.
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/** Starts a server, and waits until it can be called. */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const { name, core, args, port } = options;
  const [command, allArgs] = core === undefined ? [options.command, args] : ["taskset", ["-c", core, options.command, ...args]];
  const child = spawn(command, allArgs, {
    stdio: ["ignore", port === undefined ? "pipe" : "ignore", "pipe"],
    env: { ...process.env, ...options.env },
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let told = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (told = (told + text).slice(-4_000)));
  const ended = new Promise<never>((_resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code} before it served:\n${told}`)));
  });
  const ready = port === undefined ? printedPorts(child) : acceptedPort(port);
  const ports = await Promise.race([ready, ended]);
  ended.catch(() => {});
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} has no process`);
  return { pid, port: ports.http, ports, stop: () => stop(child) };
}

/** A port of this machine that nobody uses, for programs that have to be told one. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (typeof address !== "object" || address === null) throw new Error("no port to be had");
  return address.port;
}

/** Of the first line that names an address of HTTP, all of them. */
function printedPorts(child: ChildProcess): Promise<Ports> {
  return new Promise((resolve) => {
    let text = "";
    const look = (chunk: string): void => {
      text = (text + chunk).slice(-4_000);
      const line = text.split("\n").find((line) => line.includes("http://"));
      if (line === undefined) return;
      // Whatever it prints from now on, its access log perhaps, is let go by unread.
      child.stdout?.off("data", look).resume();
      const ports = [...line.matchAll(/(\w+):\/\/[\w.[\]:]+:(\d+)/g)].map(([, scheme = "", port]) => [scheme, Number(port)] as const);
      resolve({ http: 0, ...Object.fromEntries(ports) });
    };
    child.stdout?.setEncoding("utf8").on("data", look);
  });
}

async function acceptedPort(port: number): Promise<Ports> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    const socket = connect(port, "127.0.0.1");
    const accepted = await Promise.race([once(socket, "connect").then(() => true), once(socket, "close").then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (accepted) return { http: port };
    await sleep(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const patience = setTimeout(() => child.kill("SIGKILL"), 3_000);
  await ended;
  clearTimeout(patience);
}
