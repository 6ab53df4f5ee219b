import type { DeploymentState } from "../../core/deployment-state.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import type { LoadedConfig } from "./load-config.ts";

/** A configuration together with what operators have changed at run time. */
export interface InForce {
  readonly config: LoadedConfig;
  /** All weights that were set at run time, by deployment id. */
  readonly weights: ReadonlyMap<string, number>;
  /** All deployments that are not active, by id. Undefined on a thread that finds them in memory shared with the first one. */
  readonly states: ReadonlyMap<string, DeploymentState> | undefined;
  /** All keys of callers. */
  readonly keys: readonly KeyRecord[];
}

/** What differs from before. What is undefined stays as it is. */
export type ChangeInForce = { readonly [Part in keyof InForce]?: InForce[Part] | undefined };

/**
 * A part of the program that works by the configuration in force.
 * @example
 * inForce.follow({
 *   adopt({ config }) {
 *     if (config !== undefined) limit = config.maxRequestBytes;
 *   },
 * });
 */
export interface ConfigurationFollower {
  /** Called before another configuration comes into force, while the one before still is. It may yet not come into force. */
  prepare?(config: LoadedConfig): void | Promise<void>;
  /**
   * Called when a change is in force. Must not throw.
   * @param now Everything that is in force, the change included.
   */
  adopt?(change: ChangeInForce, now: InForce): void;
}

/**
 * The one place that knows what is in force on a thread. It tells its followers of a change in the order in which they began to follow:
 * first all of them prepare, one after the other; then, in one synchronous step, all of them adopt it.
 */
export class ConfigurationInForce {
  readonly #followers: ConfigurationFollower[] = [];
  #now: InForce;

  constructor(config: LoadedConfig) {
    this.#now = { config, weights: new Map(), states: undefined, keys: [] };
  }

  get config(): LoadedConfig {
    return this.#now.config;
  }

  /** The follower is told of later changes only. It starts from {@link config}. */
  follow(follower: ConfigurationFollower): void {
    this.#followers.push(follower);
  }

  /** Resolves when every follower is ready for a configuration. To be called before {@link put} brings it into force. */
  async prepare(config: LoadedConfig): Promise<void> {
    for (const follower of this.#followers) await follower.prepare?.(config);
  }

  /** Brings a change into force. */
  put(change: ChangeInForce): void {
    const { config = this.#now.config, weights = this.#now.weights, states = this.#now.states, keys = this.#now.keys } = change;
    this.#now = { config, weights, states, keys };
    for (const follower of this.#followers) follower.adopt?.(change, this.#now);
  }
}
