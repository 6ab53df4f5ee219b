const longestId = 64;

/** The ids of one request's calls of tools as Converse takes them: those of other providers hold other characters, or are longer. */
export class LegalIds {
  readonly #legal = new Map<string, string>();
  readonly #used = new Set<string>();

  of(id: string): string {
    const known = this.#legal.get(id);
    if (known !== undefined) return known;
    const plain = id.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, longestId);
    const base = plain === "" ? "call" : plain;
    let legal = base;
    for (let count = 2; this.#used.has(legal); count++) {
      const tail = `_${count}`;
      legal = base.slice(0, longestId - tail.length) + tail;
    }
    this.#used.add(legal);
    this.#legal.set(id, legal);
    return legal;
  }
}
