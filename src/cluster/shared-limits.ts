import type { LeasedLimits } from "../core/state/leased-limits.ts";
import type { SharedStateSettings } from "../config/settings/shared-state-settings.ts";
import type { LeaseSignals } from "../core/state/lease-signals.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { LeaseEngine, type LeaseStatus } from "./leases/lease-engine.ts";
import { ScriptStore } from "./leases/script-store.ts";
import type { StoreConnection } from "./store/store-connection.ts";

/** What a node's shared limits are made of. */
export interface SharedLimitsOptions {
  readonly settings: SharedStateSettings;
  readonly limits: readonly LeasedLimits[];
  readonly signals: LeaseSignals;
  readonly clock: Clock;
  readonly random: Random;
  /** The node's name where the settings give none. */
  readonly usualName: string;
  /** Called when the store has begun to answer, or has not for 3 s. */
  onStore(isThere: boolean): void;
}

/** A new store gives out nothing for 3 s; one that cannot be reached is not waited for any longer, either. */
const longestStartMs = 3_500;
const lookMs = 50;

/** Limits that this node shares with others over a store. */
export class SharedLimits {
  readonly #options: SharedLimitsOptions;
  #connection: StoreConnection | undefined;
  #engine: LeaseEngine | undefined;
  #isStopped = false;

  constructor(options: SharedLimitsOptions) {
    this.#options = options;
  }

  /** Begins. Resolves when the node holds parts of its limits, or after 3.5 s. */
  async start(): Promise<void> {
    const { settings, clock, random, limits, signals, usualName } = this.#options;
    // Loaded only where it is configured.
    const { RedisConnection } = await import("./redis/redis-connection.ts");
    if (this.#isStopped) return;
    const connection = new RedisConnection(settings, { clock, random });
    const channel = `${settings.namespace}:wanted`;
    const engine = new LeaseEngine({
      clock,
      store: new ScriptStore(connection, settings.namespace),
      limits,
      signals,
      name: settings.nodeName ?? usualName,
      startedAt: clock.wallTime(),
      nodeTtlMs: settings.nodeTtlMs,
      refusesAlone: settings.refusesOnLoss,
      // It is said again with the next round.
      announce: (ids, areLacked) => void connection.publish(channel, JSON.stringify([areLacked, ...ids])).catch(() => undefined),
      onStore: (isThere) => this.#options.onStore(isThere),
    });
    this.#connection = connection;
    this.#engine = engine;
    connection.subscribe(channel, (text) => {
      const [areLacked, ...ids] = listIn(text);
      engine.wanted(
        ids.filter((id) => typeof id === "string"),
        areLacked === true,
      );
    });
    await engine.start();
    for (let waitedMs = 0; waitedMs < longestStartMs && !engine.isSupplied && !this.#isStopped; waitedMs += lookMs) {
      await new Promise<void>((resolve) => void clock.schedule(lookMs, resolve));
    }
    if (engine.status.isAlone && !this.#isStopped) this.#options.onStore(false);
  }

  /** Undefined before the start. */
  get status(): LeaseStatus | undefined {
    return this.#engine?.status;
  }

  /** Gives back what the node holds, and ends. Called when no call is under way any longer. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#engine?.stop();
    await this.#connection?.close();
  }
}

/** What another node says: anybody who reaches the store can say anything. */
function listIn(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
