import type { Deployment, InvalidDeployment } from "../deployment.ts";
import { createGroup, type Group } from "./group.ts";
import type { Ledger } from "../state/ledger.ts";
import type { RouterSettings } from "../router-settings.ts";
import type { StrategyCache } from "./strategy-cache.ts";
import { type Account, RoutedDeployment } from "./routed-deployment.ts";
import type { StrategyChoice, TableSource } from "../table-source.ts";
import { groupWeights } from "./weights.ts";
import { bySpecificity, createWildcard, isWildcard, type Wildcard } from "./wildcard.ts";

/** What a table needs besides its source. */
export interface TableDeps {
  readonly ledger: Ledger;
  /** Keeps strategies over changes of the table. */
  readonly strategies: StrategyCache;
}

/** The group a name leads to, and what the `*` of its pattern stood for. */
export interface Resolution {
  readonly group: Group;
  readonly captures: readonly string[] | undefined;
  /** Whether the name was a deployment's id. */
  readonly byId: boolean;
}

/** The immutable snapshot that calls are routed by: compiled once, swapped whole. A call keeps the one it began with. */
export class RoutingTable {
  readonly settings: RouterSettings;
  readonly entries: readonly RoutedDeployment[];
  readonly invalid: readonly InvalidDeployment[];
  /** The names callers may use, hidden aliases left out. */
  readonly models: readonly string[];
  readonly #source: TableSource;
  readonly #deps: TableDeps;
  readonly #accounts = new Map<string, Account>();
  readonly #groups = new Map<string, Group>();
  /** Whether any strategy looks at the progress of attempts: deployments of one group are asked by their ids and addresses, too. */
  readonly #followsProgress: boolean;
  readonly #wildcards: readonly Wildcard[];
  readonly #byId = new Map<string, RoutedDeployment>();
  readonly #byAddress = new Map<string, RoutedDeployment[]>();
  readonly #aliases = new Map<string, readonly string[]>();
  /** Groups that are created when first asked for: aliases of several groups, single deployments, addresses. */
  readonly #derived = new Map<string, Group>();

  /** @param weights Set at run time, by deployment id; they win over the source's. */
  constructor(source: TableSource, deps: TableDeps, weights: ReadonlyMap<string, number> = new Map()) {
    this.#source = source;
    this.#deps = deps;
    this.settings = source.settings;
    this.invalid = source.invalid;
    this.#followsProgress = [source.strategy, ...source.groupStrategies.values(), ...(source.shadows?.choices ?? [])].some(
      ({ readsProgress }) => readsProgress === true,
    );
    for (const deployment of source.deployments) {
      const { account } = deployment;
      if (account === undefined) continue;
      const known = this.#accounts.get(account);
      if (known === undefined) this.#accounts.set(account, { first: deployment, isShared: false });
      else known.isShared = true;
    }
    const members = Map.groupBy(source.deployments, (deployment) => deployment.group);
    for (const [name, deployments] of members)
      this.#groups.set(name, this.#group(configured(name), name, this.#compile(name, deployments, weights)));
    this.entries = [...this.#groups.values()].flatMap((group) => group.entries);
    for (const entry of this.entries) this.#index(entry);
    for (const alias of source.aliases) this.#aliases.set(alias.alias, alias.targets);
    this.#wildcards = [...this.#groups.keys()].filter(isWildcard).toSorted(bySpecificity).map(createWildcard);
    const visible = source.aliases.filter((alias) => !alias.hidden).map((alias) => alias.alias);
    this.models = [...new Set([...this.#groups.keys(), ...visible])];
  }

  /**
   * LiteLLM's order: a deployment's id (unless a group has that name), an alias, a group, the most specific pattern, and last
   * `litellm_params.model` as it is written in the configuration.
   */
  resolve(model: string): Resolution | undefined {
    const group = this.#groups.get(model);
    if (group === undefined) {
      const entry = this.#byId.get(model);
      if (entry !== undefined) return this.#resolveEntry(entry);
    }
    const targets = this.#aliases.get(model);
    if (targets !== undefined) return this.#resolveAlias(model, targets);
    if (group !== undefined) return { group, captures: undefined, byId: false };
    return this.#resolvePattern(model) ?? this.#resolveAddress(model);
  }

  /**
   * Resolves to the deployment that keeps something, or, where a model is asked, to those of the model's that share its account.
   * @param model The name that a call was routed by: what its `*` stand for is known by that.
   * @param asksModel Whether the model is asked, and not only what is kept is looked at.
   */
  resolvePinned(id: string, model: string, asksModel: boolean): Resolution | undefined {
    const entry = this.#byId.get(id);
    if (entry === undefined) return undefined;
    const resolution = this.#resolveEntry(entry);
    if (asksModel) return this.#resolveKeepers(entry, model);
    if (!isWildcard(entry.deployment.group)) return resolution;
    return { ...resolution, captures: createWildcard(entry.deployment.group).match(model) };
  }

  #resolveKeepers(entry: RoutedDeployment, model: string): Resolution | undefined {
    const resolution = this.resolve(model);
    const { keeper } = entry.deployment;
    const isKeeper = (one: RoutedDeployment): boolean => one === entry || (keeper !== undefined && one.deployment.keeper === keeper);
    const entries = resolution?.group.entries.filter(isKeeper) ?? [];
    if (resolution === undefined || entries.length === 0) return undefined;
    // There is no other: it is asked while it cools down, too.
    if (entries.length === 1) return { ...this.#resolveEntry(entries[0] ?? entry), captures: resolution.captures };
    if (entries.length === resolution.group.entries.length) return resolution;
    const { name } = resolution.group;
    return { ...resolution, group: this.#derive(`kept by ${keeper} for ${name}`, name, entries) };
  }

  #resolveEntry(entry: RoutedDeployment): Resolution {
    return { group: this.#derive(`id ${entry.id}`, entry.id, [entry]), captures: undefined, byId: true };
  }

  /**
   * Resolves a name that only deployments have which were left out as invalid: to a group without deployments, whose fallbacks serve.
   * @returns Undefined for every other name, {@link resolve} being asked first.
   */
  resolveLeftOut(model: string): Resolution | undefined {
    const names = this.#aliases.get(model) ?? [model];
    const group = this.invalid.find((one) => names.includes(one.group) || one.id === model || matches(one.group, names))?.group;
    return group === undefined ? undefined : { group: this.#derive(`left out ${group}`, group, []), captures: undefined, byId: false };
  }

  /** The configured groups, in the configuration's order. */
  get groups(): Iterable<Group> {
    return this.#groups.values();
  }

  /** A deployment by its id. */
  entry(deploymentId: string): RoutedDeployment | undefined {
    return this.#byId.get(deploymentId);
  }

  #resolveAlias(alias: string, targets: readonly string[]): Resolution | undefined {
    const [only] = targets;
    if (targets.length === 1 && only !== undefined) {
      const group = this.#groups.get(only);
      return group === undefined ? this.#resolvePattern(only) : { group, captures: undefined, byId: false };
    }
    const entries = targets.flatMap((target) => this.#groups.get(target)?.entries ?? []);
    return entries.length === 0 ? undefined : { group: this.#derive(`alias ${alias}`, alias, entries), captures: undefined, byId: false };
  }

  #resolvePattern(model: string): Resolution | undefined {
    for (const wildcard of this.#wildcards) {
      const captures = wildcard.match(model);
      const group = captures === undefined ? undefined : this.#groups.get(wildcard.pattern);
      if (group !== undefined) return { group, captures, byId: false };
    }
    return undefined;
  }

  #resolveAddress(model: string): Resolution | undefined {
    const entries = this.#byAddress.get(model);
    return entries === undefined
      ? undefined
      : { group: this.#derive(`address ${model}`, model, entries), captures: undefined, byId: false };
  }

  #derive(key: string, name: string, entries: readonly RoutedDeployment[]): Group {
    let group = this.#derived.get(key);
    if (group === undefined) this.#derived.set(key, (group = this.#group(key, name, entries)));
    return group;
  }

  /** @param key The key under which the group's strategy is kept. */
  #group(key: string, name: string, entries: readonly RoutedDeployment[]): Group {
    const choice = this.#strategyOf(name);
    const { strategies } = this.#deps;
    const lengths = this.#followsProgress ? strategies.lengthsOf(key) : undefined;
    const { shadows } = this.#source;
    const isShadowed = shadows !== undefined && entries.length > 1 && key === configured(name);
    const strategy = isShadowed ? strategies.shadowed(key, { name, strategy: choice, shadows }) : strategies.get(key, choice);
    const asking = isShadowed ? [choice, ...shadows.choices] : [choice];
    const prefixes = asking.some(({ readsPrefixes }) => readsPrefixes === true) ? strategies.prefixesOf(key) : undefined;
    return createGroup(name, entries, { strategy, name: choice.name, lengths, prefixes });
  }

  #compile(group: string, deployments: readonly Deployment[], setWeights: ReadonlyMap<string, number>): readonly RoutedDeployment[] {
    const { ledger } = this.#deps;
    const weights = groupWeights(deployments, setWeights, this.#strategyOf(group).limitsAreShares === true);
    return deployments.map((deployment, index) => {
      const { weight, backup } = weights[index] ?? { weight: 1, backup: false };
      const account = deployment.account === undefined ? undefined : this.#accounts.get(deployment.account);
      return new RoutedDeployment(deployment, weight, backup, ledger, account);
    });
  }

  #strategyOf(group: string): StrategyChoice {
    return this.#source.groupStrategies.get(group) ?? this.#source.strategy;
  }

  #index(entry: RoutedDeployment): void {
    this.#byId.set(entry.id, entry);
    const { address } = entry.deployment;
    const sharing = this.#byAddress.get(address);
    if (sharing === undefined) this.#byAddress.set(address, [entry]);
    else sharing.push(entry);
  }
}

/** The key of a configured group. */
function configured(name: string): string {
  return `group ${name}`;
}

function matches(group: string, names: readonly string[]): boolean {
  if (!isWildcard(group)) return false;
  const wildcard = createWildcard(group);
  return names.some((name) => wildcard.match(name) !== undefined);
}
