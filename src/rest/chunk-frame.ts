/**
 * One chunk of HTTP/1.1's chunked coding in one piece: https://www.rfc-editor.org/rfc/rfc9112#section-7.1
 * The platform writes each as four pieces, which costs more than to copy what is small.
 * @param pieces What the chunk holds, `bytes` in all.
 * @param isLast Whether the body ends with it: then nothing may be written behind it.
 */
export function chunkFrame(pieces: readonly Buffer[], bytes: number, isLast: boolean): Buffer {
  const head = bytes === 0 ? "" : `${bytes.toString(16)}\r\n`;
  const tail = `${bytes === 0 ? "" : "\r\n"}${isLast ? "0\r\n\r\n" : ""}`;
  const frame = Buffer.allocUnsafe(head.length + bytes + tail.length);
  let at = frame.write(head, 0, "latin1");
  for (const piece of pieces) {
    frame.set(piece, at);
    at += piece.length;
  }
  frame.write(tail, at, "latin1");
  return frame;
}
