/** A caller's key as the core sees it: what its holder may do. Immutable; the live numbers are in the ledger, by name. */
export interface CallerKey {
  /** Unique. Stands in logs and metrics; only the authenticator knows the secret. */
  readonly name: string;
  /** Names and patterns that it may call. Empty when it may call all. */
  readonly models: readonly string[];
  /** Whether it may call a model by this name. */
  allows(model: string): boolean;
  /** What it may call. Omit it for all that is answered in one call. */
  readonly endpoints?: ReadonlySet<string> | undefined;
  /** Per minute; undefined for no limit. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  readonly maxParallelRequests: number | undefined;
  readonly budget: KeyBudget | undefined;
  /** Added to the tags of its calls. */
  readonly tags: readonly string[];
  /** The priority of calls that name none themselves. */
  readonly priority: number | undefined;
}

/** The money that a key may spend. */
export interface KeyBudget {
  /** US dollars in each period. */
  readonly usd: number;
  /** How long a period takes; undefined for a budget that is never renewed. */
  readonly periodMs: number | undefined;
}
