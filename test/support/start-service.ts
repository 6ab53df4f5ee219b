import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { composeService } from "../../src/compose.ts";
import { formatProblem } from "../../src/config/config-problem.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import type { Router } from "../../src/core/router.ts";
import { providerRegistry } from "../../src/providers/index.ts";
import { strategies } from "../../src/strategies/index.ts";
import type { LoadedConfig } from "../../src/config/load-config.ts";
import type { Log } from "../../src/telemetry/log.ts";
import type { Tracing } from "../../src/telemetry/tracing.ts";

export interface RunningTestService {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly router: Router;
  /** Stops it, and fails when anything is still counted as in flight or anything went wrong inside. */
  stop(): Promise<void>;
}

/** The whole service, as it is shipped, on a free port of this machine. */
export async function startService(
  yaml: string,
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly tls?: { readonly cert: string; readonly key: string };
    readonly openLog?: (config: LoadedConfig) => Log;
    readonly startTracing?: (config: LoadedConfig) => Tracing;
  } = {},
): Promise<RunningTestService> {
  const folder = await mkdtemp(join(tmpdir(), "huntgroup-"));
  const file = join(folder, "config.yaml");
  await writeFile(file, yaml);
  const result = await loadConfig(file, {
    env: options.env ?? {},
    readFile: (path) => readFile(path, "utf8"),
    skipInvalid: false,
    providers: providerRegistry,
    strategies,
    importStrategy: (path) => import(pathToFileURL(path).href),
  });
  await rm(folder, { recursive: true });
  assert.ok(result.config, result.problems.map(formatProblem).join("\n"));
  const internalErrors: unknown[] = [];
  const service = composeService({
    config: result.config,
    host: "127.0.0.1",
    port: 0,
    tls: options.tls,
    log: options.openLog?.(result.config),
    tracing: options.startTracing?.(result.config),
    onInternalError: (error) => void internalErrors.push(error),
  });
  const { host, port } = await service.listen();
  return {
    origin: `${options.tls === undefined ? "http" : "https"}://${host}:${port}`,
    host,
    port,
    router: service.router,
    async stop() {
      await service.drain(5_000);
      assert.equal(service.router.inFlight, 0, "attempts in flight after the end");
      assert.deepEqual(internalErrors, []);
    },
  };
}
