import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { composeService } from "../../src/app/service.ts";
import type { TlsFiles } from "../../src/cli/kit/io.ts";
import type { TlsCredentials } from "../../src/server/listening-socket.ts";
import type { SocketFile } from "../../src/server/socket-file.ts";
import { formatProblem } from "../../src/config/load/config-problem.ts";
import { loadConfig } from "../../src/config/load/load-config.ts";
import type { ConfigLoader } from "../../src/control/plane/load-under-state.ts";
import { openControl } from "../../src/control/plane/open-control.ts";
import type { Operator, ReloadReport } from "../../src/control/operator.ts";
import type { Router } from "../../src/core/router/router.ts";
import type { KeyRing } from "../../src/auth/key-ring.ts";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import { CredentialStore } from "../../src/providers/credentials/credential-store.ts";
import { createProviderPlugins, createProviderRegistry } from "../../src/providers/index.ts";
import { strategies } from "../../src/strategies/index.ts";
import type { LoadedConfig } from "../../src/config/load/load-config.ts";
import type { Log } from "../../src/telemetry/log/log.ts";
import { testThreads } from "./test-threads.ts";
import type { Tracing } from "../../src/telemetry/traces/tracing.ts";

export interface RunningTestService {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly router: Router;
  readonly operator: Operator;
  /** What each reload came to. */
  readonly reloads: readonly ReloadReport[];
  /** Writes another configuration into its file; that alone does not reload it, unless the file is watched. */
  rewrite(yaml: string): Promise<void>;
  /** Callers' keys, on all threads. */
  readonly keyRing: Pick<KeyRing, "replace">;
  /** Stops it, and fails when anything is still counted as in flight or anything went wrong inside. */
  stop(): Promise<void>;
}

/** The whole service, as it is shipped, on a free port of this machine. */
export async function startService(
  yaml: string,
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly tls?: TlsCredentials;
    readonly tlsFiles?: TlsFiles;
    /** A socket in the file system, in place of a port. */
    readonly socket?: SocketFile;
    readonly consoleFolder?: string;
    /** Where changes are kept; undefined: nowhere. */
    readonly stateFile?: string;
    /** Whether a change of the file is taken over by itself. */
    readonly watch?: boolean;
    /** How many threads serve; as many as the whole run is to have if undefined. */
    readonly threads?: number;
    readonly openLog?: (config: LoadedConfig) => Log;
    readonly startTracing?: (config: LoadedConfig) => Tracing;
    /** Default: the system's. */
    readonly clock?: Clock;
  } = {},
): Promise<RunningTestService> {
  const { threads = testThreads, clock = systemClock } = options;
  const folder = await mkdtemp(join(tmpdir(), "huntgroup-"));
  const file = join(folder, "config.yaml");
  await writeFile(file, yaml);
  const providers = createProviderRegistry(createProviderPlugins(new CredentialStore(clock)));
  const load: ConfigLoader = (changes) =>
    loadConfig(file, {
      env: options.env ?? {},
      readFile: (path) => readFile(path, "utf8"),
      skipInvalid: false,
      providers,
      strategies,
      importStrategy: (path) => import(pathToFileURL(path).href),
      ...changes,
    });
  const opened = await openControl({ load, clock, readOnly: false, stateFile: () => options.stateFile });
  const { config, problems } = opened.result;
  if (config === undefined) await rm(folder, { recursive: true });
  assert.ok(config, problems.map(formatProblem).join("\n"));
  const internalErrors: unknown[] = [];
  const reloads: ReloadReport[] = [];
  const service = composeService({
    config,
    opened,
    load,
    watch: options.watch ?? false,
    threads: threads === 1 ? undefined : { count: threads, configFile: file, skipInvalid: false, env: options.env ?? {} },
    host: "127.0.0.1",
    port: 0,
    tls: options.tls,
    tlsFiles: options.tlsFiles,
    socket: options.socket,
    consoleFolder: options.consoleFolder,
    log: options.openLog?.(config),
    tracing: options.startTracing?.(config),
    clock,
    onInternalError: (error) => void internalErrors.push(error),
    onReload: (report) => void reloads.push(report),
  });
  const { host, port } = await service.listen();
  return {
    origin: `${options.tls === undefined ? "http" : "https"}://${host}:${port}`,
    host,
    port,
    router: service.router,
    operator: service.operator,
    reloads,
    rewrite: (text) => writeFile(file, text),
    keyRing: service.keys,
    async stop() {
      await service.drain(5_000);
      await rm(folder, { recursive: true });
      assert.equal(service.router.inFlight, 0, "attempts in flight after the end");
      assert.deepEqual(internalErrors, []);
    },
  };
}
