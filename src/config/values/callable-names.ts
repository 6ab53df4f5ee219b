import type { Deployment } from "../../core/deployment.ts";
import type { ModelAlias } from "../../core/table-source.ts";
import { createWildcard, isWildcard, type Wildcard } from "../../core/table/wildcard.ts";
import { didYouMean } from "../../lib/suggest.ts";

/** Everything a configuration lets callers write as a model. */
export interface NameSources {
  /** The groups of all deployments, the invalid ones too. */
  readonly groups: ReadonlySet<string>;
  /** Groups whose deployments all belong to other environments. */
  readonly elsewhere: ReadonlySet<string>;
  readonly deployments: readonly Deployment[];
  readonly aliases: readonly ModelAlias[];
}

/** The names that lead somewhere: groups, what their patterns match, aliases, ids of deployments and their addresses. */
export class CallableNames {
  readonly #groups: ReadonlySet<string>;
  readonly #elsewhere: ReadonlySet<string>;
  readonly #deployments: readonly Deployment[];
  readonly #patterns: readonly Wildcard[];
  readonly #suggestions: readonly string[];
  #all: ReadonlySet<string> | undefined;

  constructor({ groups, elsewhere, deployments, aliases }: NameSources) {
    this.#groups = groups;
    this.#elsewhere = elsewhere;
    this.#suggestions = [...groups, ...aliases.map((one) => one.alias)].filter((name) => name !== "");
    this.#deployments = deployments;
    this.#patterns = [...groups].filter(isWildcard).map(createWildcard);
  }

  /** Gathered at the first look, because few configurations need one. */
  get #names(): ReadonlySet<string> {
    return (this.#all ??= new Set([...this.#suggestions, ...this.#deployments.flatMap((one) => [one.id, one.address])]));
  }

  /** Whether calls for this name are served. */
  has(name: string): boolean {
    return this.#names.has(name) || this.#patterns.some((pattern) => pattern.match(name) !== undefined);
  }

  /** Whether a pattern stands for any name that is served. */
  hasAny(pattern: string): boolean {
    const wildcard = createWildcard(pattern);
    return this.has(pattern) || [...this.#names].some((name) => wildcard.match(name) !== undefined);
  }

  isGroup(name: string): boolean {
    return this.#groups.has(name);
  }

  /** Whether this is a name, or a name without its provider. Fallbacks are looked up by both. */
  hasInShort(name: string): boolean {
    return this.has(name) || [...this.#names].some((known) => known.slice(known.indexOf("/") + 1) === name);
  }

  /**
   * Tells why a name leads nowhere, with the name that was probably meant.
   * @param shown What may be shown of the name.
   */
  reasonAgainst(name: string, shown = JSON.stringify(name)): string {
    if (this.#elsewhere.has(name)) return `the deployments of ${name} belong to other environments`;
    return `there is no group ${shown}${didYouMean(name, this.#suggestions)}`;
  }
}
