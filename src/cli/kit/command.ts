import type { Session } from "./session.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { Failure } from "./failure.ts";
import type { Result } from "../../lib/result.ts";
import type { LogFormat, LogLevel } from "../../config/settings/telemetry-settings.ts";

/** What the command line asks for. */
export type Command =
  | { readonly kind: "help"; /** The command that is asked about; undefined: all. */ readonly topic: string | undefined }
  | { readonly kind: "version" }
  | { readonly kind: "check"; readonly file: string; readonly skipInvalid: boolean }
  | ({ readonly kind: "serve" } & ServeOptions)
  | { readonly kind: "operate"; readonly connection: ConnectionOptions; readonly act: Act };

/** Does one thing at a running server. May throw what the client throws. */
export type Act = (session: Session) => Promise<Result<void, Failure>>;

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
  /** undefined: one for each core. */
  readonly threads: number | undefined;
  readonly skipInvalid: boolean;
  /** undefined: as the configuration has it. */
  readonly logFormat: LogFormat | undefined;
  readonly logLevel: LogLevel | undefined;
  /** How long it serves on after a signal, not ready any more, before it refuses anything. */
  readonly drainDelayMs: number;
  /** How long requests in flight may take to end after that. */
  readonly drainMs: number;
}
