import type { ListenAddress } from "../server/server.ts";
import type { LoadedConfig, LoadResult } from "../config/load-config.ts";
import type { Environment } from "./parse-command.ts";

/** What a started service shows to the command line. */
export interface RunningService {
  listen(): Promise<ListenAddress>;
  drain(graceMs: number, delayMs: number): Promise<number>;
}

interface ServicePlan {
  readonly config: LoadedConfig;
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  onInternalError(error: unknown): void;
}

/** The world as the commands see it: handed in, so that they can be tried without one. */
export interface CliIo {
  readonly env: Environment;
  out(text: string): void;
  err(text: string): void;
  readFile(path: string): Promise<string>;
  loadConfig(path: string, options: { readonly skipInvalid: boolean }): Promise<LoadResult>;
  compose(plan: ServicePlan): RunningService;
  /** Calls back for each signal that asks the process to stop. */
  onStopSignal(listener: (signal: string) => void): void;
}

export const exitCodes = { ok: 0, failure: 1, badUse: 2 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
