import type { KeyRecord } from "../../core/key-record.ts";
import type { ControlState } from "./control-state.ts";

/**
 * The keys in force: the files' own, then those made at run time. When a key of the files was revoked or rotated, its secret and its
 * revocation come from the state, and what it may do from the files. A key that left the files is gone.
 */
export function keyRecords(configured: readonly KeyRecord[], state: ControlState): readonly KeyRecord[] {
  const names = new Set(configured.map(({ name }) => name));
  const made = [...state.keys.values()].filter(({ name, origin }) => origin === "admin" && !names.has(name));
  return [...configured.map((record) => withStored(record, state.keys.get(record.name))), ...made];
}

function withStored(record: KeyRecord, stored: KeyRecord | undefined): KeyRecord {
  if (stored === undefined) return record;
  if (stored.origin === "admin") return stored;
  return { ...record, sha256: stored.sha256, previous: stored.previous, revoked: record.revoked || stored.revoked };
}
