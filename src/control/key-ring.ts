import type { KeyRecord, KeyUsage } from "../core/key-record.ts";

/** The keys in force, as the doors look them up. */
export interface KeyRing {
  /** From the next request on, these are all keys. */
  replace(records: readonly KeyRecord[]): void;
  /** What a key of this name has used; nothing for one that is not known. */
  usage(name: string): KeyUsage;
}
