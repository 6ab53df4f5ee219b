import { locateMembers } from "../../../lib/json/json-splice.ts";

const keys = ["model", "choices", "usage", "error", "x_groq"] as const;
type Key = (typeof keys)[number];

const indices: Readonly<Record<Key, number>> = { model: 0, choices: 1, usage: 2, error: 3, x_groq: 4 };

/** Where the members of a stream's chunk stand that the decoder looks at. One for each stream, used again for every chunk. */
export class ChunkSpans {
  readonly #spans = new Int32Array(keys.length * 2);

  /** Forgets the last chunk. Of text that is not one whole JSON object no member is known. */
  locate(data: Buffer): void {
    if (!locateMembers(data, keys, this.#spans)) this.#spans.fill(-1);
  }

  has(key: Key): boolean {
    return this.start(key) !== -1;
  }

  /** Offset of the member's value. */
  start(key: Key): number {
    return this.#spans[indices[key] * 2] ?? -1;
  }

  /** One past the value's last byte. */
  end(key: Key): number {
    return this.#spans[indices[key] * 2 + 1] ?? -1;
  }
}
