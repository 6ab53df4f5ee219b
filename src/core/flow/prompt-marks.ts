import { type JsonText, textPieces } from "../../lib/json/json-text.ts";
import { promptStart } from "./prompt-start.ts";

/** Bytes at which prompts are compared: each mark is a quarter further than the one before, so that few tell how far two begin alike. */
export const markEnds: readonly number[] = endsUpTo(512, 600_000);

function endsUpTo(first: number, last: number): readonly number[] {
  const ends: number[] = [];
  for (let end = first; end < last; end = 4 * Math.round(end * 0.3125)) ends.push(end);
  return ends;
}

/**
 * Marks of a prompt's beginning: for each of {@link markEnds} that it reaches, a number that stands for all bytes up to there. What is equal up
 * to an end has equal marks up to it; the other way round nearly always, and a mistake costs a call a better place, nothing else. A quarter of a
 * nanosecond for each byte.
 */
export function promptMarks(body: JsonText): Int32Array {
  const marks = new Int32Array(markEnds.length);
  const state = { marks, count: 0, hash: 0x811c9dc5, at: 0, carried: 0, carriedBytes: 0 };
  let skipped = promptStart(body);
  // A text that came in pieces is not put together for this.
  for (const piece of textPieces(body)) {
    if (skipped < piece.length) markPiece(piece, skipped, state);
    skipped = Math.max(skipped - piece.length, 0);
  }
  return marks.subarray(0, state.count);
}

interface MarkState {
  readonly marks: Int32Array;
  count: number;
  hash: number;
  /** Bytes that were taken into the hash. */
  at: number;
  /** Bytes of a word that the next piece goes on with. */
  carried: number;
  carriedBytes: number;
}

function markPiece(piece: Buffer, from: number, state: MarkState): void {
  let at = from;
  while (at < piece.length && state.carriedBytes > 0) {
    state.carried |= (piece[at++] ?? 0) << (8 * state.carriedBytes);
    if (++state.carriedBytes < 4) continue;
    takeWord(state, state.carried);
    state.carried = state.carriedBytes = 0;
  }
  while (at + 4 <= piece.length) {
    const end = markEnds[state.count];
    if (end === undefined) return;
    const stop = Math.min(at + end - state.at, piece.length - 3);
    let { hash } = state;
    const begin = at;
    for (; at < stop; at += 4) {
      hash = Math.imul(hash ^ piece.readInt32LE(at), 0x01000193);
      hash ^= hash >>> 15;
    }
    state.hash = hash;
    state.at += at - begin;
    if (state.at === end) state.marks[state.count++] = hash;
  }
  for (; at < piece.length; at++) state.carried |= (piece[at] ?? 0) << (8 * state.carriedBytes++);
}

function takeWord(state: MarkState, word: number): void {
  const mixed = Math.imul(state.hash ^ word, 0x01000193);
  state.hash = mixed ^ (mixed >>> 15);
  state.at += 4;
  if (state.at === markEnds[state.count]) state.marks[state.count++] = state.hash;
}
