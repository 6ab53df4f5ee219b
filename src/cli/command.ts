import type { LogFormat, LogLevel } from "../config/telemetry-settings.ts";

/** What the command line asks for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "check"; readonly file: string; readonly skipInvalid: boolean }
  | ({ readonly kind: "serve" } & ServeOptions);

export interface ServeOptions {
  /** undefined: the embedded default. */
  readonly configFile: string | undefined;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  /** Whether a public address may be served without a master key. */
  readonly insecure: boolean;
  readonly skipInvalid: boolean;
  /** undefined: as the configuration has it. */
  readonly logFormat: LogFormat | undefined;
  readonly logLevel: LogLevel | undefined;
  /** How long requests in flight may take to end after a signal. */
  readonly drainMs: number;
}
