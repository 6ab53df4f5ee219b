/** U+FEFF in UTF-8. Some editors and clients put it before their JSON. */
const byteOrderMark = [0xef, 0xbb, 0xbf];

/** A body without a byte order mark at its beginning, which JSON does not allow. @param pieces Of the body, in any lengths. */
export function withoutByteOrderMark(pieces: readonly Buffer[]): readonly Buffer[] {
  // Nearly all bodies begin with another byte.
  if (pieces[0]?.[0] !== byteOrderMark[0]) return pieces;
  const begin: number[] = [];
  for (const piece of pieces) for (const byte of piece.subarray(0, byteOrderMark.length - begin.length)) begin.push(byte);
  if (!byteOrderMark.every((byte, index) => begin[index] === byte)) return pieces;
  let left = byteOrderMark.length;
  return pieces.flatMap((piece) => {
    const skipped = Math.min(left, piece.length);
    left -= skipped;
    return skipped === piece.length ? [] : [piece.subarray(skipped)];
  });
}
