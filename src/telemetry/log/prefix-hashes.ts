import { createHmac } from "node:crypto";
import { promptStart } from "../../core/flow/prompt-start.ts";
import { type JsonText, textPieces, textLength } from "../../lib/json/json-text.ts";

/** A prompt of fewer bytes has no whole block. */
const shortest = 512;

/**
 * Where the blocks of a prompt end, in bytes: each is half as long again as all before it. So few hashes tell how far two prompts begin alike,
 * to a third of that length.
 */
export const blockEnds: readonly number[] = [
  shortest,
  768,
  1_152,
  1_728,
  2_592,
  3_888,
  5_832,
  8_748,
  13_122,
  19_683,
  29_525,
  44_287,
  66_430,
  99_645,
  149_468,
  224_202,
  336_303,
  504_454,
];

/** Base64 of 48 bits: two of a million blocks of a log are taken for each other once in hundreds. */
const hashLength = 8;

/**
 * Hashes the beginnings of prompts, so that a log shows which calls begin alike, and nothing else: without the key, which is made of the
 * master key, nobody can try which text a hash may stand for.
 */
export class PrefixHashes {
  readonly #key: Buffer;

  constructor(masterKey: string) {
    // A key for this purpose alone: what reads the log's hashes learns nothing that opens the server.
    this.#key = createHmac("sha256", masterKey).update("huntgroup: beginnings of prompts in the log").digest();
  }

  /** The hashes of a request's whole blocks, each of all up to its end: equal ones stand for equal beginnings. Empty for short prompts. */
  of(body: JsonText): readonly string[] {
    const hashes: string[] = [];
    const start = promptStart(body);
    if (textLength(body) - start < shortest) return hashes;
    let at = 0;
    // Nothing is copied: a block that lies in several pieces is hashed piece by piece.
    let hash = createHmac("sha256", this.#key);
    for (const piece of piecesFrom(body, start)) {
      let from = 0;
      while (from < piece.length) {
        const end = blockEnds[hashes.length];
        if (end === undefined) return hashes;
        const taken = Math.min(piece.length - from, end - at);
        hash.update(piece.subarray(from, from + taken));
        from += taken;
        at += taken;
        if (at < end) continue;
        const digest = hash.digest();
        hashes.push(digest.toString("base64url").slice(0, hashLength));
        hash = createHmac("sha256", this.#key).update(digest);
      }
    }
    return hashes;
  }
}

function* piecesFrom(body: JsonText, start: number): Generator<Buffer> {
  let skipped = start;
  for (const piece of textPieces(body)) {
    if (skipped < piece.length) yield skipped === 0 ? piece : piece.subarray(skipped);
    skipped = Math.max(skipped - piece.length, 0);
  }
}
