/** A file of the configuration, as read. It turns offsets into lines and columns, and knows which pieces of the text may not be shown. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  /** Whether its YAML is broken, so that secrets in it are known by their looks alone. */
  broken = false;
  readonly #lineStarts: number[] = [0];
  /** Secret pieces by their lines, because there may be thousands of pieces and many lines to show. */
  readonly #hidden = new Map<number, (readonly [start: number, end: number])[]>();

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Marks a piece of the text as secret: it is never shown again. */
  hide(start: number, end: number): void {
    if (end <= start) return;
    const last = this.position(end - 1).line;
    for (let line = this.position(start).line; line <= last; line++) {
      const pieces = this.#hidden.get(line);
      if (pieces === undefined) this.#hidden.set(line, [[start, end]]);
      else pieces.push([start, end]);
    }
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
   * Shows the line of an offset with every hidden piece replaced by `***`.
   * @returns The text, and the offset's column in it (from 1), which replacements before it have moved.
   */
  shownLine(offset: number): { readonly text: string; readonly column: number } {
    const { line, column } = this.position(offset);
    const start = this.#lineStarts[line - 1] ?? 0;
    const next = this.#lineStarts[line];
    const stop = start + this.text.slice(start, next).replace(/\r?\n$/, "").length;
    const pieces = this.#hidden.get(line) ?? [];
    let shown = "";
    let shownColumn = column;
    let at = start;
    while (at < stop) {
      const position = at;
      const hidden = pieces.find(([from, to]) => from <= position && position < to);
      if (hidden === undefined) {
        shown += this.text[at];
        at++;
        continue;
      }
      const until = Math.min(hiddenUntil(at, pieces), stop);
      if (offset >= until) shownColumn += 3 - (until - at);
      else if (offset > at) shownColumn = shown.length + 1;
      shown += "***";
      at = until;
    }
    return { text: shown, column: shownColumn };
  }
}

/** Takes overlapping hidden pieces as one. */
function hiddenUntil(offset: number, pieces: readonly (readonly [start: number, end: number])[]): number {
  let until = offset;
  for (let grown = true; grown;) {
    grown = false;
    for (const [from, to] of pieces) {
      if (from <= until && until < to) {
        until = to;
        grown = true;
      }
    }
  }
  return until;
}
