import type { Session } from "./session.ts";
import type { Connection } from "./connection.ts";
import type { Failure } from "./failure.ts";
import type { ClientAuth } from "../../server/listening-socket.ts";
import type { SocketFile } from "../../server/socket-file.ts";
import type { Result } from "../../lib/result.ts";
import type { LogFormat, LogLevel } from "../../config/settings/telemetry-settings.ts";

/** What a command line asks for, understood and checked. */
export type Task =
  | { readonly kind: "print"; /** Help, or the version. */ readonly text: string }
  | { readonly kind: "check"; readonly file: string; readonly skipInvalid: boolean | undefined }
  | ({ readonly kind: "simulate" } & SimulateOptions)
  | {
      readonly kind: "calibrate";
      readonly logFile: string;
      /** Undefined to write of all deployments that the log knows. */
      readonly configFile: string | undefined;
      /** Undefined for standard output. */
      readonly outFile: string | undefined;
    }
  | ({ readonly kind: "serve" } & ServeOptions)
  | { readonly kind: "operate"; readonly connection: Connection; readonly act: ServerAct };

/** Receives the task. A command calls it once its options and arguments are read and found right. */
export type Understood = (task: Task) => void;

/** Does one thing at a running server. May throw what the client throws. */
export type ServerAct = (session: Session) => Promise<Result<void, Failure>>;

/** What `simulate` was told on the command line. */
export interface SimulateOptions {
  readonly configFile: string;
  /** Undefined for one that is made of the configuration alone. */
  readonly scenarioFile: string | undefined;
  /** Undefined for the configured one and all that are built in. */
  readonly strategies: readonly string[] | undefined;
  /** Undefined to take the scenario's. */
  readonly seeds: number | undefined;
  /** Undefined for one for each core. */
  readonly jobs: number | undefined;
  /** Whether to print the figures as JSON. */
  readonly json: boolean;
  /** Where to write the report to. */
  readonly htmlFile: string | undefined;
  readonly skipInvalid: boolean | undefined;
}

/** What `serve` was told on the command line or in the environment. */
export interface ServeOptions {
  /** Undefined for the embedded default. */
  readonly configFile: string | undefined;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** A socket in the file system, in place of host and port. */
  readonly socket: SocketFile | undefined;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  /** The authorities of clients' certificates. */
  readonly tlsClientCaFile: string | undefined;
  readonly tlsClientAuth: ClientAuth | undefined;
  /** Whether a public address may be served without a master key. */
  readonly insecure: boolean;
  /** Undefined for one for each core. */
  readonly threads: number | undefined;
  readonly skipInvalid: boolean | undefined;
  /** Undefined to take the configuration's. */
  readonly logFormat: LogFormat | undefined;
  /** Undefined to take the configuration's. */
  readonly logLevel: LogLevel | undefined;
  /** How long it serves on after a signal, not ready any more, before it refuses anything. */
  readonly drainDelayMs: number;
  /** How long requests in flight may take to end after that. */
  readonly drainMs: number;
}
