/** What the caller gets in place of a part of a chunk's data. */
export interface ChunkEdit {
  readonly start: number;
  readonly end: number;
  readonly json: Buffer;
}

const nothing = Buffer.alloc(0);
const usageKey = Buffer.from('"usage"');
const comma = 0x2c;
const colon = 0x3a;

/** Leaves out the member `usage`. @param start Where its value begins. @returns Undefined where its key is not written plainly. */
export function withoutUsage(data: Buffer, start: number, end: number): ChunkEdit | undefined {
  const colonAt = skipSpaceBack(data, start - 1);
  const keyEnd = skipSpaceBack(data, colonAt - 1) + 1;
  const keyStart = keyEnd - usageKey.length;
  if (data[colonAt] !== colon || keyStart < 1 || usageKey.compare(data, keyStart, keyEnd) !== 0) return undefined;
  const before = skipSpaceBack(data, keyStart - 1);
  if (data[before] === comma) return { start: before, end, json: nothing };
  // It is the first member: what goes is the comma behind it.
  const after = skipSpace(data, end);
  return { start: keyStart, end: data[after] === comma ? after + 1 : end, json: nothing };
}

/**
 * Applies those edits that lie in a piece of a chunk.
 * @param offset Where the piece begins, counted as the edits are.
 * @param edits In the order they stand.
 * @returns The piece itself where none does.
 */
export function edited(piece: Buffer, offset: number, edits: readonly ChunkEdit[]): Buffer {
  let done = 0;
  const parts: Buffer[] = [];
  for (const { start, end, json } of edits) {
    const from = start - offset;
    if (from < done || from >= piece.length) continue;
    parts.push(piece.subarray(done, from), json);
    done = end - offset;
  }
  if (parts.length === 0) return piece;
  parts.push(piece.subarray(done));
  return Buffer.concat(parts);
}

function skipSpaceBack(data: Buffer, from: number): number {
  let at = from;
  while (isSpace(data[at])) at--;
  return at;
}

function skipSpace(data: Buffer, from: number): number {
  let at = from;
  while (isSpace(data[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
