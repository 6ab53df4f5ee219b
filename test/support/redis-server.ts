import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
  readonly #file: string | undefined;
  #process: ChildProcess | undefined;

  /** @param file A file of settings. Omit it for none. */
  private constructor(port: number, words: readonly string[], file?: string) {
    this.port = port;
    this.#words = words;
    this.#file = file;
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
    const file = this.#file === undefined ? [] : [this.#file];
    this.#process = spawn("redis-server", [...file, ...own, ...this.#words], { stdio: "ignore" });
    await eventually(() => Promise.resolve(assert.match(this.ask("PING"), /PONG|NOAUTH/)));
  }

  /** What redis-cli prints for a command. */
  ask(...words: readonly string[]): string {
    return spawnSync("redis-cli", ["-p", String(this.port), ...words], { encoding: "utf8" }).stdout;
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#process?.kill(name);
  }

  /** Several that are one cluster. */
  static async startCluster(): Promise<readonly RedisServer[]> {
    const servers = await Promise.all([1, 2, 3].map(() => RedisServer.start("--cluster-enabled", "yes")));
    const places = servers.map(({ port }) => `127.0.0.1:${port}`);
    const { stdout } = spawnSync("redis-cli", ["--cluster", "create", ...places, "--cluster-yes"], { encoding: "utf8" });
    assert.match(stdout, /All 16384 slots covered/);
    await eventually(() =>
      Promise.resolve(assert.ok(servers.every((server) => server.ask("CLUSTER", "INFO").includes("cluster_state:ok")))),
    );
    return servers;
  }

  /** A Sentinel that knows `primary` as "main", and takes another for it after half a second. */
  static async startSentinel(primary: RedisServer): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), "sentinel-"));
    const file = join(folder, "sentinel.conf");
    writeFileSync(
      file,
      `sentinel monitor main 127.0.0.1 ${primary.port} 1\nsentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n`,
    );
    const server = new RedisServer(await freePort(), ["--sentinel"], file);
    await server.start();
    return server;
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
