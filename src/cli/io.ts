import type { ListenAddress } from "../server/server.ts";
import type { LoadedConfig, LoadResult } from "../config/load-config.ts";
import type { LogFormat, LogLevel, OtelSettings } from "../config/telemetry-settings.ts";
import type { Log } from "../telemetry/log.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { Environment } from "./parse-command.ts";

/** What a started service shows to the command line. */
export interface RunningService {
  listen(): Promise<ListenAddress>;
  drain(graceMs: number): Promise<void>;
}

interface ServicePlan {
  readonly config: LoadedConfig;
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly log: Log;
  readonly tracing: Tracing | undefined;
  onInternalError(error: unknown): void;
}

/** The world as the commands see it: handed in, so that they can be tried without one. */
export interface CliIo {
  readonly env: Environment;
  /** Whether people read the output as it comes. */
  readonly isTerminal: boolean;
  out(text: string): void;
  err(text: string): void;
  readFile(path: string): Promise<string>;
  loadConfig(path: string, options: { readonly skipInvalid: boolean }): Promise<LoadResult>;
  /** The log, on the output. */
  openLog(options: { format: Exclude<LogFormat, "auto">; level: LogLevel; secrets: LoadedConfig["secrets"] }): Log;
  startTracing(options: { settings: OtelSettings; secrets: LoadedConfig["secrets"]; log: Log; version: string }): Promise<Tracing>;
  compose(plan: ServicePlan): RunningService;
  /** Calls back for each signal that asks the process to stop. */
  onStopSignal(listener: (signal: string) => void): void;
}

export const exitCodes = { ok: 0, failure: 1, badUse: 2 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
