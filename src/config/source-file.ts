/** A file of the configuration, as read: turns offsets into lines and columns, and knows which of its bytes may not be shown. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  /** Whether its YAML is broken, so that what is secret in it is known by its looks alone. */
  broken = false;
  readonly #lineStarts: number[] = [0];
  readonly #hidden: (readonly [start: number, end: number])[] = [];

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Marks a piece of the text as secret: it is never shown again. */
  hide(start: number, end: number): void {
    if (end > start) this.#hidden.push([start, end]);
  }

  /** @returns Line and column of an offset, both counted from 1. */
  position(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }

  /**
   * The line of an offset with every hidden piece replaced by `***`.
   * @returns The text, and the offset's own column in it (from 1), which replacements before it have moved.
   */
  shownLine(offset: number): { readonly text: string; readonly column: number } {
    const { line, column } = this.position(offset);
    const start = this.#lineStarts[line - 1] ?? 0;
    const end = this.text.slice(start).search(/\r?\n/);
    const stop = end === -1 ? this.text.length : start + end;
    let shown = "";
    let shownColumn = column;
    let at = start;
    while (at < stop) {
      const position = at;
      const hidden = this.#hidden.find(([from, to]) => from <= position && position < to);
      if (hidden === undefined) {
        shown += this.text[at];
        at++;
        continue;
      }
      const next = Math.min(this.#hiddenUntil(at), stop);
      if (offset >= next) shownColumn += 3 - (next - at);
      else if (offset > at) shownColumn = shown.length + 1;
      shown += "***";
      at = next;
    }
    return { text: shown, column: shownColumn };
  }

  /** Overlapping hidden pieces are one. */
  #hiddenUntil(offset: number): number {
    let until = offset;
    for (let grown = true; grown;) {
      grown = false;
      for (const [from, to] of this.#hidden) {
        if (from <= until && until < to) {
          until = to;
          grown = true;
        }
      }
    }
    return until;
  }
}
