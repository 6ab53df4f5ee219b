/**
 * The wire format of the simulated world: records of 9 bytes, a kind and two numbers. It goes through the production decoders' contract, and
 * costs next to nothing to write and to read, so what a simulation spends is the router's own work.
 */

/** `progress`: so many tokens came; `end`: the whole usage, output and cached tokens. */
export type RecordKind = "progress" | "end";

const recordBytes = 9;
const kinds: readonly RecordKind[] = ["progress", "end"];

/** Records of small progress are written once: nearly all are alike. */
const written: Buffer[] = [];

/** @param first Of `progress` the tokens, of `end` the output tokens. @param second Of `end` the cached tokens. */
export function writeRecord(kind: RecordKind, first: number, second = 0): Buffer {
  if (kind === "progress" && first < 1_024) return (written[first] ??= write(kind, first, 0));
  return write(kind, first, second);
}

function write(kind: RecordKind, first: number, second: number): Buffer {
  const bytes = Buffer.allocUnsafe(recordBytes);
  bytes[0] = kinds.indexOf(kind);
  bytes.writeUInt32LE(first, 1);
  bytes.writeUInt32LE(second, 5);
  return bytes;
}

/** Reads the records of a chunk, which holds whole ones alone. */
export function readRecords(chunk: Buffer, each: (kind: RecordKind, first: number, second: number) => void): void {
  for (let at = 0; at + recordBytes <= chunk.length; at += recordBytes) {
    each(kinds[chunk[at] ?? 0] ?? "end", chunk.readUInt32LE(at + 1), chunk.readUInt32LE(at + 5));
  }
}
