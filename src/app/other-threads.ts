import { accessAuthThrottle, createAuthThrottleShare, type AuthThrottleShare } from "../auth/auth-throttle-share.ts";
import type { AuthThrottleMemory } from "../auth/auth-throttle.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import { overlayWithout, type ConfigLoader } from "../control/plane/load-under-state.ts";
import type { OpenedControl } from "../control/plane/open-control.ts";
import { accessRouterShare, createRouterShare, type RouterAccess, type RouterShare } from "../core/router/router-share.ts";
import type { TableSource } from "../core/table-source.ts";
import type { Clock } from "../lib/clock.ts";
import type { ShelfMemory } from "../lib/shared/shared-shelf.ts";
import { createShelfMemory } from "./answer-shelf.ts";
import type { Random } from "../lib/random.ts";
import type { EventLog } from "../telemetry/log/event-log.ts";
import type { Log } from "../telemetry/log/log.ts";
import type { Counter } from "../telemetry/metrics/counted-records.ts";
import type { ConfigInputs } from "../threads/messages.ts";
import { replayCounts } from "../threads/replay-counts.ts";
import { ThreadPool } from "../threads/thread-pool.ts";
import type { ListenSettings } from "./inbound.ts";
import type { Routing } from "./routing.ts";

/** Threads beside the first one load the configuration for themselves: what it is made of besides texts cannot be handed over. */
export interface MoreThreads {
  /** All together, the first one included. */
  readonly count: number;
  readonly configFile: string;
  readonly skipInvalid: boolean | undefined;
  /** What the configuration's references are looked up in. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What all threads count in, and the first one's ways to it. */
export interface SharedMemory {
  readonly share: RouterShare;
  readonly attempts: AuthThrottleShare;
  readonly shelf: ShelfMemory;
  readonly access: RouterAccess;
  readonly attemptsAccess: AuthThrottleMemory;
}

/** @param threads All together. @param isLeased Whether limits are shared with other nodes. */
export function createSharedMemory(threads: number, random: Random, isLeased: boolean): SharedMemory {
  const share = createRouterShare(threads, isLeased);
  const attempts = createAuthThrottleShare(random);
  const access = accessRouterShare(share, 0);
  return { share, attempts, shelf: createShelfMemory(), access, attemptsAccess: accessAuthThrottle(attempts, access.lock) };
}

interface PoolOptions {
  readonly threads: MoreThreads;
  readonly memory: SharedMemory;
  readonly routing: Routing;
  readonly inputs: RememberedInputs;
  readonly listen: ListenSettings;
  readonly clock: Clock;
  /** Undefined when nothing is logged. */
  readonly log: Log | undefined;
  readonly events: EventLog | undefined;
  /** Count what happens on other threads too. */
  readonly counters: readonly Counter[];
  /** Called with the number of calls that were counted as begun on a thread that has died. */
  onCallsLost(calls: number): void;
  onInternalError(error: unknown): void;
}

/** The threads beside the first one. They follow its configuration in force: each loads another one before it comes into force in any. */
export function composePool(options: PoolOptions): ThreadPool {
  const { threads, memory, routing, inputs, listen, clock, log, events, counters } = options;
  const { configFile, skipInvalid } = threads;
  const { host, tls, consoleFolder } = listen;
  const { attempts, shelf } = memory;
  const { idSecret } = inputs;
  const pool = new ThreadPool({
    threads: threads.count - 1,
    share: memory.share,
    router: routing.router,
    plan: { threads: threads.count, attempts, shelf, idSecret, configFile, skipInvalid, host, tls, consoleFolder, logLevel: log?.level },
    env: threads.env,
    inputs: inputs.first,
    clock,
    onCounted: (records) => replayCounts(records, counters),
    onLogged: (lines) => log?.writeLines(lines),
    onLost(thread, reason, openCalls) {
      options.onCallsLost(openCalls);
      events?.threadLost(thread, reason);
    },
    onInternalError: (error) => options.onInternalError(error),
  });
  routing.inForce.follow({
    async prepare(config) {
      const made = inputs.of(config);
      if (made !== undefined) await pool.prepare(made);
    },
    adopt: (change) => pool.publish(change),
  });
  return pool;
}

/** Remembers what each configuration was made of, for threads that have to make it again. */
export class RememberedInputs {
  readonly #inputs = new WeakMap<TableSource, ConfigInputs>();
  /** What the configuration at the start was made of. */
  readonly first: ConfigInputs;
  readonly load: ConfigLoader;
  /** What authenticates ids where the configuration does not say. */
  readonly idSecret: string;

  constructor({ state, leftOut, result, idSecret }: OpenedControl, load: ConfigLoader) {
    this.idSecret = idSecret;
    this.first = { overlay: overlayWithout(state, leftOut), texts: result.texts, packed: result.packed };
    this.load = async (options) => {
      const loaded = await load(options);
      if (loaded.config !== undefined)
        this.#inputs.set(loaded.config.source, { overlay: options.overlay, texts: loaded.texts, packed: loaded.packed });
      return loaded;
    };
  }

  /** Undefined for a configuration that was not loaded here. */
  of({ source }: LoadedConfig): ConfigInputs | undefined {
    return this.#inputs.get(source);
  }
}
