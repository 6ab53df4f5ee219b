import { timingSafeEqual } from "node:crypto";
import type { CallerKey } from "../core/caller-key.ts";
import type { KeyRecord } from "../core/key-record.ts";
import type { Clock } from "../lib/clock.ts";
import { toCallerKey } from "./to-caller-key.ts";
import type { RefusalReason } from "./key-refusal.ts";

/** A key that is valid now, or the reason why there is none: for the log alone. */
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
  /** Of a rotated key's earlier secret; undefined: the present one. */
  readonly validUntil: number | undefined;
}

/**
 * The callers' keys in force, swapped whole. Secrets are looked up by their SHA-256: whoever does not know a secret cannot steer its digest,
 * so the time that a look-up takes tells nothing, and what is found is compared in constant time all the same.
 */
export class KeyRing {
  readonly #clock: Clock;
  #byDigest: ReadonlyMap<string, RingEntry> = new Map();
  #byName: ReadonlyMap<string, RingEntry> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Puts these records in the place of all before; effective from the next request. Calls under way go on. */
  replace(records: readonly KeyRecord[]): void {
    const byDigest = new Map<string, RingEntry>();
    const byName = new Map<string, RingEntry>();
    for (const record of records) {
      const key = toCallerKey(record);
      const { previous, sha256 } = record;
      byName.set(record.name, { record, key, digest: Buffer.alloc(0), validUntil: undefined });
      if (sha256 !== undefined) byDigest.set(sha256.toLowerCase(), { record, key, digest: fromHex(sha256), validUntil: undefined });
      // A secret in force is not shadowed by another key's past.
      if (previous !== undefined && !byDigest.has(previous.sha256.toLowerCase())) {
        const { validUntil } = previous;
        byDigest.set(previous.sha256.toLowerCase(), { record, key, digest: fromHex(previous.sha256), validUntil });
      }
    }
    this.#byDigest = byDigest;
    this.#byName = byName;
  }

  /** How many keys there are, those that are not valid included. */
  get size(): number {
    return this.#byName.size;
  }

  /** @param digest SHA-256 of what was shown. @param hex The same in lower-case digits. Takes the same steps whatever comes of it. */
  find(digest: Buffer, hex: string = digest.toString("hex")): KeyFound {
    const entry = this.#byDigest.get(hex);
    const same = timingSafeEqual(digest, entry?.digest ?? noDigest);
    return this.#judge(entry !== undefined && same ? entry : undefined);
  }

  /** The key that a JWT stands for. */
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

/** Of nothing that anybody could show. */
const noDigest = Buffer.alloc(32);

function fromHex(sha256: string): Buffer {
  const bytes = Buffer.from(sha256, "hex");
  // A digest of another length would make the comparison throw; nobody can show a secret for it.
  return bytes.length === noDigest.length ? bytes : noDigest;
}
