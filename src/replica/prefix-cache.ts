import { blockTokens } from "./replica-spec.ts";

/** The beginnings of prompts that a replica remembers, by whole blocks: the least recently used are forgotten first. */
export class PrefixCache {
  readonly #mostBlocks: number;
  /** In the order of their latest use. */
  readonly #blocks = new Set<number>();

  /** @param tokens How much it holds; 0 for nothing. */
  constructor(tokens: number) {
    this.#mostBlocks = Math.floor(tokens / blockTokens);
  }

  /**
   * How many tokens of a prompt need not be read again. They count as used.
   * @param blocks The prompt's blocks in their order; equal numbers stand for equal beginnings up to the end of the block.
   */
  find(blocks: readonly number[]): number {
    let found = 0;
    for (const block of blocks) {
      if (!this.#blocks.has(block)) break;
      this.#use(block);
      found++;
    }
    return found * blockTokens;
  }

  /** Remembers a prompt that was read. */
  add(blocks: readonly number[]): void {
    if (this.#mostBlocks === 0) return;
    for (const block of blocks) this.#use(block);
    for (const block of this.#blocks) {
      if (this.#blocks.size <= this.#mostBlocks) break;
      this.#blocks.delete(block);
    }
  }

  /** Forgets everything, as a replica does that is started anew. */
  clear(): void {
    this.#blocks.clear();
  }

  #use(block: number): void {
    this.#blocks.delete(block);
    this.#blocks.add(block);
  }
}
