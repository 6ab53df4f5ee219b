import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SharedStateSettings } from "../../src/config/settings/shared-state-settings.ts";
import { eventually } from "./eventually.ts";

/** Why tests with a real store are skipped; undefined where there is one. */
export const withoutRedis: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "SKIPPED: there is no redis-server here (Debian: apt-get install redis-server; scripts/ci-install.sh does it)";

/** A real store, on a port and with a folder of its own. */
export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "store-"));
  readonly #words: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, words: readonly string[]) {
    this.port = port;
    this.#words = words;
  }

  /** @param words More settings, as on its command line: `--maxmemory`, `1mb`. */
  static async start(...words: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), words);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const { port } = this;
    const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", this.#folder, "--save", ""];
    this.#process = spawn("redis-server", [...own, ...this.#words], { stdio: "ignore" });
    await eventually(() => Promise.resolve(assert.match(this.ask("PING"), /PONG/)));
  }

  /** What redis-cli prints for a command. */
  ask(...words: readonly string[]): string {
    return spawnSync("redis-cli", ["-p", String(this.port), ...words], { encoding: "utf8" }).stdout;
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#process?.kill(name);
  }

  /** Dies without a word. What it had is gone, unless it writes to its folder. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  settings(more: Partial<SharedStateSettings> = {}): SharedStateSettings {
    return storeSettings(this.port, more);
  }
}

/** Settings that lead to a store on this machine. */
export function storeSettings(port: number, more: Partial<SharedStateSettings> = {}): SharedStateSettings {
  return {
    place: { kind: "server", host: "127.0.0.1", port },
    username: undefined,
    password: undefined,
    database: undefined,
    tls: undefined,
    namespace: "huntgroup",
    nodeName: undefined,
    nodeTtlMs: 600_000,
    refusesOnLoss: false,
    ...more,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
