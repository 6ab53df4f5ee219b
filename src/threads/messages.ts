import type { ShelfMemory } from "../lib/shared/shared-shelf.ts";
import type { MessagePort } from "node:worker_threads";
import type { ConfigOverlay } from "../config/overlay/config-overlay.ts";
import type { PackedYaml } from "../config/yaml/packed-yaml.ts";
import type { LogLevel } from "../config/settings/telemetry-settings.ts";
import type { CallQuery, RecentCall } from "../control/history.ts";
import type { KeyRecord } from "../core/key-record.ts";
import type { ShadowCounts } from "../core/shadow/shadow-counts.ts";
import type { RouterShare } from "../core/router/router-share.ts";
import type { AuthThrottleShare } from "../auth/auth-throttle-share.ts";
import type { TlsCredentials } from "../server/listening-socket.ts";
import type { CountedAttempt, CountedCall, CountedDeployment, CountedRefusal } from "../telemetry/metrics/counted-records.ts";

/** What a configuration was made of. A thread that loads this has the same one. */
export interface ConfigInputs {
  readonly overlay: ConfigOverlay;
  /** The files' contents by their paths. */
  readonly texts: ReadonlyMap<string, string>;
  /** The long ones among them as the first thread has them parsed, by their paths. */
  readonly packed: ReadonlyMap<string, PackedYaml>;
}

/** What a thread needs in order to serve as the first one does. */
export interface ThreadStart {
  /** Its number, from 1. The first thread is 0. */
  readonly thread: number;
  /** How many threads there are all together. */
  readonly threads: number;
  readonly share: RouterShare;
  readonly attempts: AuthThrottleShare;
  /** What is kept of answers whose deployments keep none. */
  readonly shelf: ShelfMemory;
  /** What authenticates ids where the configuration does not say. */
  readonly idSecret: string;
  /** The number of the latest change, which all threads look at. */
  readonly epoch: SharedArrayBuffer;
  readonly changes: MessagePort;
  readonly configFile: string;
  readonly skipInvalid: boolean | undefined;
  readonly inputs: ConfigInputs;
  /** The changes so far, as one. */
  readonly change: ThreadChange;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsCredentials | undefined;
  readonly consoleFolder: string | undefined;
  /** Undefined when nothing is logged. */
  readonly logLevel: LogLevel | undefined;
}

/** A change of what is in force. What is undefined stays as it is. */
export interface ThreadChange {
  /** The number of the change. */
  readonly epoch: number;
  /** The number of a configuration that the thread was told to prepare. */
  readonly config?: number | undefined;
  readonly weights?: ReadonlyMap<string, number> | undefined;
  readonly keys?: readonly KeyRecord[] | undefined;
  /** The server stops: no request that comes later is told that it is ready. */
  readonly drain?: { readonly graceMs: number; readonly delayMs: number } | undefined;
}

/** From the first thread to another. */
export type ToThread =
  | { readonly kind: "prepare"; readonly config: number; readonly inputs: ConfigInputs }
  /** The server's certificate was renewed. */
  | { readonly kind: "tls"; readonly tls: TlsCredentials }
  /** Asks for all counts up to now, for quantiles of the event loop's delay since they were last asked for, and for the latest calls. */
  | { readonly kind: "flush"; readonly id: number; readonly quantiles: readonly number[]; readonly calls: CallQuery | undefined };

/** From another thread to the first one. */
export type FromThread =
  | { readonly kind: "listening" }
  | { readonly kind: "unable"; readonly message: string }
  | { readonly kind: "prepared"; readonly config: number; readonly problem: string | undefined }
  | { readonly kind: "flushed"; readonly id: number; readonly delays: readonly number[]; readonly calls: readonly RecentCall[] }
  | { readonly kind: "counted"; readonly records: readonly CountRecord[] }
  | { readonly kind: "logged"; readonly lines: readonly string[] }
  /** A connection for requests that only the first thread answers. */
  | { readonly kind: "connect"; readonly port: MessagePort }
  | { readonly kind: "drained"; readonly dropped: number };

/** Something that was counted on another thread. */
export type CountRecord =
  | { readonly kind: "started" }
  | { readonly kind: "attempt"; readonly attempt: CountedAttempt }
  | { readonly kind: "call"; readonly call: CountedCall }
  | { readonly kind: "cooldown_started"; readonly deployment: CountedDeployment; readonly code: CountedRefusal["code"] }
  | { readonly kind: "refused"; readonly refusal: CountedRefusal }
  | { readonly kind: "shadowed"; readonly counts: readonly ShadowCounts[] };
