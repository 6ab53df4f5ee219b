import type { ListenAddress, TlsCredentials } from "../../server/listening-socket.ts";
import type { SocketFile } from "../../server/socket-file.ts";
import type { LoadedConfig, LoadResult } from "../../config/load/load-config.ts";
import type { Transport } from "@connectrpc/connect";
import type { LogFormat, LogLevel, OtelSettings } from "../../config/settings/telemetry-settings.ts";
import type { ConfigLoader } from "../../control/plane/load-under-state.ts";
import type { OpenedControl } from "../../control/plane/open-control.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { SimulationStart, Simulators } from "../../simulation/contest.ts";
import type { Log } from "../../telemetry/log/log.ts";
import type { Tracing } from "../../telemetry/traces/tracing.ts";
import type { TransportOptions } from "./open-transport.ts";
import type { CliEnvironment } from "./env-option.ts";

/** What the command line does with a service that was composed. */
export interface RunningService {
  listen(): Promise<ListenAddress>;
  drain(graceMs: number, delayMs: number): Promise<number>;
  reload(who: string): Promise<void>;
}

/** The files that a server's certificate is from. */
export interface TlsFiles {
  readonly paths: readonly string[];
  /** @returns What they hold now, or an error with a sentence for people. */
  read(): Promise<TlsCredentials | Error>;
}

interface ServicePlan {
  readonly config: LoadedConfig;
  readonly opened: OpenedControl;
  readonly load: ConfigLoader;
  readonly watch: boolean;
  readonly host: string;
  readonly port: number;
  readonly socket: SocketFile | undefined;
  readonly tls: TlsCredentials | undefined;
  /** Where `tls` is from, to be taken anew when it changes. */
  readonly tlsFiles: TlsFiles | undefined;
  readonly consoleFolder: string;
  readonly log: Log;
  readonly tracing: Tracing | undefined;
  readonly threads:
    | { readonly count: number; readonly configFile: string; readonly skipInvalid: boolean | undefined; readonly env: CliEnvironment }
    | undefined;
  onInternalError(error: unknown): void;
}

/** The world as the commands see it. It is handed in, so that tests can run commands without a process, a disk or a terminal. */
export interface CliIo {
  readonly env: CliEnvironment;
  readonly clock: Clock;
  /** How many threads can run at a time and share a port: the default of `--threads`. */
  readonly cores: number;
  readonly random: Random;
  /** The terminal that `out` writes to. Undefined when it writes to a file or a pipe. */
  terminal(): Terminal | undefined;
  out(text: string): void;
  err(text: string): void;
  readFile(path: string): Promise<string>;
  /** Writes a file anew. Throws what the platform throws. */
  writeFile(path: string, text: string): Promise<void>;
  readStandardInput(): Promise<string>;
  /** Reads a file line by line, however long it is; `-` for standard input. Throws what the platform throws. */
  readLines(path: string): AsyncIterable<string>;
  /** Asks the person at the terminal a question that yes or no answers. Undefined where there is no person to ask. */
  confirm(question: string): Promise<boolean | undefined>;
  /** Opens the way to a server. */
  openTransport(options: TransportOptions): Transport;
  loadConfig(path: string, options: { readonly skipInvalid: boolean | undefined } & Parameters<ConfigLoader>[0]): Promise<LoadResult>;
  /** Makes the log, which writes to the same output as `out`. */
  openLog(options: { format: Exclude<LogFormat, "auto">; level: LogLevel; secrets: LoadedConfig["secrets"] }): Log;
  startTracing(options: { settings: OtelSettings; log: Log; version: string }): Promise<Tracing>;
  /** Starts threads that simulate. */
  startSimulators(count: number, start: SimulationStart): Simulators;
  compose(plan: ServicePlan): RunningService;
  /** Calls back for each signal that asks the process to stop. */
  onStopSignal(listener: (signal: string) => void): void;
  /** Calls back for each signal that asks for the configuration to be read again. */
  onReloadSignal(listener: (signal: string) => void): void;
  /** Calls back when the reader of the output has gone. */
  onOutputClosed(listener: () => void): void;
}

/** The size of a terminal, in characters. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
}

/** The exit codes: `failure` when the server or the way to it failed, `badUse` when the command line or a file that it names is wrong. */
export const exitCodes = { ok: 0, failure: 1, badUse: 2 } as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
