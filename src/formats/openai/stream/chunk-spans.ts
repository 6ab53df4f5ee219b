import { locateMembers } from "../../../lib/json/json-splice.ts";

const keys = ["model", "choices", "usage", "error", "x_groq"] as const;
type Key = (typeof keys)[number];

const indices: Readonly<Record<Key, number>> = { model: 0, choices: 1, usage: 2, error: 3, x_groq: 4 };

/** Where a chunk's members stand that the decoder looks at. A stream has one, which is used again for every chunk. */
export class ChunkSpans {
  readonly #spans = new Int32Array(keys.length * 2);

  /** Finds the members of a chunk, in place of the last one's. It finds none in a text that is not one whole JSON object. */
  locate(data: Buffer): void {
    if (locateMembers(data, keys, this.#spans) === -1) this.#spans.fill(-1);
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
