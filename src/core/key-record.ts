/** A caller's key as it is configured or stored: plain data. The secret itself is nowhere, only its digest. */
export interface KeyRecord {
  /** Unique. Stands in logs and metrics. */
  readonly name: string;
  /** SHA-256 of the secret, in hexadecimal; undefined for one that only stands for what JWTs are mapped to. */
  readonly sha256: string | undefined;
  /** The secret before the last rotation, and until when it is still valid, in milliseconds since the Unix epoch. */
  readonly previous: { readonly sha256: string; readonly validUntil: number } | undefined;
  /** Names and patterns (`openai/*`) that it may call. Empty when it may call all. */
  readonly models: readonly string[];
  /** What it may call, as written (`core/keys/endpoint-access.ts`). Omit it for all that is answered in one call. */
  readonly endpoints?: readonly string[] | undefined;
  /** Per minute; undefined for no limit. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  readonly maxParallelRequests: number | undefined;
  /** US dollars in each period; undefined for no budget. */
  readonly maxBudget: number | undefined;
  /** As written: `30s`, `10m`, `24h`, `7d`, `1mo`. Undefined for a budget that is never renewed. */
  readonly budgetDuration: string | undefined;
  readonly tags: readonly string[];
  readonly priority: number | undefined;
  /** Milliseconds since the Unix epoch; undefined for never. */
  readonly expiresAt: number | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly revoked: boolean;
  /** `config`: it stands in the files. `admin`: it was made by CreateKey. */
  readonly origin: "config" | "admin";
  /** Milliseconds since the Unix epoch; undefined for one of the files. */
  readonly createdAt: number | undefined;
}

/** What a key has used. */
export interface KeyUsage {
  /** US dollars in the budget's present period. */
  readonly spentUsd: number;
  /** Milliseconds since the Unix epoch; undefined for never. */
  readonly budgetResetsAt: number | undefined;
  /** In the last minute, as `usedTpm`. */
  readonly usedRpm: number;
  readonly usedTpm: number;
  readonly inFlight: number;
}
