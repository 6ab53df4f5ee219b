import type { Deployment, InvalidDeployment } from "./deployment.ts";
import type { RouterSettings } from "./router-settings.ts";
import type { Strategy, StrategyDeps } from "./strategy.ts";

/** Another name for a group, or for several groups taken together. */
export interface ModelAlias {
  readonly alias: string;
  readonly targets: readonly string[];
  /** Routable, but absent from the list of models. */
  readonly hidden: boolean;
}

/** Makes a fresh strategy, one for each group. */
export type StrategyFactory = (deps: StrategyDeps) => Strategy;

/** What a routing table is compiled from: plain, validated data. The configuration's output and the core's input. */
export interface TableSource {
  readonly deployments: readonly Deployment[];
  readonly invalid: readonly InvalidDeployment[];
  readonly aliases: readonly ModelAlias[];
  readonly settings: RouterSettings;
  readonly strategy: StrategyChoice;
  /** Groups with a strategy of their own. */
  readonly groupStrategies: ReadonlyMap<string, StrategyChoice>;
  /** Strategies that are asked beside each group's own, and change nothing. Omit it for none. */
  readonly shadows?: ShadowChoices | undefined;
}

/** The strategies that are compared with those in use. */
export interface ShadowChoices {
  readonly choices: readonly StrategyChoice[];
  /** The share of picks at which they are asked, above 0, up to 1. */
  readonly sample: number;
}

/** A configured strategy. */
export interface StrategyChoice {
  readonly name: string;
  /** Two choices with the same key behave the same: a reload keeps the strategy in use, and what it has learned. */
  readonly key: string;
  readonly create: StrategyFactory;
  /** As `StrategyPlugin.limitsAreShares`. */
  readonly limitsAreShares?: boolean | undefined;
  /** As `StrategyPlugin.readsProgress`. */
  readonly readsProgress?: boolean | undefined;
  /** As `StrategyPlugin.readsPrefixes`. */
  readonly readsPrefixes?: boolean | undefined;
}
