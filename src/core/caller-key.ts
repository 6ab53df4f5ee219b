/** A caller's key as the core sees it: what its holder may do. Immutable; the live numbers are in the ledger, by name. */
export interface CallerKey {
  /** Unique. Stands in logs and metrics; the secret is known to the door alone. */
  readonly name: string;
  /** Names and patterns that it may call; empty: all. */
  readonly models: readonly string[];
  /** Whether it may call a model by this name. */
  allows(model: string): boolean;
  /** Per minute; undefined: no limit. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  readonly maxParallelRequests: number | undefined;
  readonly budget: KeyBudget | undefined;
  /** Added to the tags of its calls. */
  readonly tags: readonly string[];
  /** Of calls that name none themselves. */
  readonly priority: number | undefined;
}

export interface KeyBudget {
  readonly usd: number;
  /** How long the money is for; undefined: for ever. */
  readonly periodMs: number | undefined;
}
