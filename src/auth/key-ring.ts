import { timingSafeEqual } from "node:crypto";
import type { CallerKey } from "../core/caller-key.ts";
import type { KeyRecord } from "../core/key-record.ts";
import type { Clock } from "../lib/clock.ts";
import type { RefusalReason } from "./key-refusal.ts";
import { toCallerKey } from "./to-caller-key.ts";

/** A key that is valid now, or why there is none. The reason is for the log alone. */
export type KeyFound =
  | { readonly kind: "valid"; readonly key: CallerKey }
  | {
      readonly kind: "refused";
      readonly reason: Extract<RefusalReason, "unknown" | "revoked" | "expired" | "rotated_out">;
      readonly keyName: string | undefined;
    };

interface RingEntry {
  readonly record: KeyRecord;
  readonly key: CallerKey;
  readonly digest: Buffer;
  /** When a rotated key's earlier secret ends, in milliseconds since the Unix epoch. Undefined for the present secret. */
  readonly validUntil: number | undefined;
}

/**
 * The callers' keys in force, which are swapped as a whole. Secrets are looked up by their SHA-256. A caller that does not know a secret
 * cannot steer towards its digest, so the time of a look-up tells it nothing; what is found is compared in constant time all the same.
 */
export class KeyRing {
  readonly #clock: Clock;
  #byDigest: ReadonlyMap<string, RingEntry> = new Map();
  #byName: ReadonlyMap<string, RingEntry> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Puts these records in the place of all before, from the next request on. Calls under way go on. */
  replace(records: readonly KeyRecord[]): void {
    const byDigest = new Map<string, RingEntry>();
    const byName = new Map<string, RingEntry>();
    for (const record of records) {
      const key = toCallerKey(record);
      const { previous, sha256 } = record;
      byName.set(record.name, { record, key, digest: Buffer.alloc(0), validUntil: undefined });
      if (sha256 !== undefined) byDigest.set(sha256.toLowerCase(), { record, key, digest: fromHex(sha256), validUntil: undefined });
      // A secret in force wins over another key's earlier one.
      if (previous !== undefined && !byDigest.has(previous.sha256.toLowerCase())) {
        const { validUntil } = previous;
        byDigest.set(previous.sha256.toLowerCase(), { record, key, digest: fromHex(previous.sha256), validUntil });
      }
    }
    this.#byDigest = byDigest;
    this.#byName = byName;
  }

  /** How many keys there are, including those that are not valid. */
  get size(): number {
    return this.#byName.size;
  }

  /**
   * Finds a key by its secret, with the same steps whether there is one or not.
   * @param digest SHA-256 of what was shown.
   * @param hex The same in lower-case hexadecimal digits.
   */
  find(digest: Buffer, hex: string = digest.toString("hex")): KeyFound {
    const entry = this.#byDigest.get(hex);
    const same = timingSafeEqual(digest, entry?.digest ?? noDigest);
    return this.#judge(entry !== undefined && same ? entry : undefined);
  }

  /** Finds a key by its name, which a JWT stands for. */
  named(name: string): KeyFound {
    return this.#judge(this.#byName.get(name));
  }

  #judge(entry: RingEntry | undefined): KeyFound {
    const now = this.#clock.wallTime();
    if (entry === undefined) return { kind: "refused", reason: "unknown", keyName: undefined };
    const { record, key, validUntil } = entry;
    if (record.revoked) return { kind: "refused", reason: "revoked", keyName: record.name };
    if (record.expiresAt !== undefined && now >= record.expiresAt) return { kind: "refused", reason: "expired", keyName: record.name };
    if (validUntil !== undefined && now >= validUntil) return { kind: "refused", reason: "rotated_out", keyName: record.name };
    return { kind: "valid", key };
  }
}

/** No secret has this digest. */
const noDigest = Buffer.alloc(32);

function fromHex(sha256: string): Buffer {
  const bytes = Buffer.from(sha256, "hex");
  // The comparison throws for a digest of another length. No secret has such a digest.
  return bytes.length === noDigest.length ? bytes : noDigest;
}
