import { scanObject, skipSpace, skipValue } from "./json-splice.ts";
import type { JsonMember } from "./json-text.ts";

/** Where a value stands in a text. */
export interface JsonSpan {
  readonly start: number;
  readonly end: number;
}

const [openBracket, comma] = [0x5b, 0x2c];
const isCompound = marked('"{[');
const endsWord = marked(",] \n\r\t");

function marked(bytes: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(bytes)) table[byte] = 1;
  return table;
}

/**
 * Cuts members of objects and items of lists, at any depth, out of a JSON text and leaves every other byte alone. Places are offsets into the text.
 *
 * @example Takes the first item out of a list, and a member out of the second:
 *
 *     const cuts = new JsonCuts(Buffer.from('[{"a":1},{"b":2,"c":3}]'));
 *     const items = cuts.items({ start: 0, end: 23 });
 *     cuts.cutItems(items, new Set([0]));
 *     cuts.cutMembers(cuts.members(items[1]), new Set([0]));
 *     cuts.apply(); // [{"c":3}]
 */
export class JsonCuts {
  readonly bytes: Buffer;
  readonly #ranges: JsonSpan[] = [];

  /** @param bytes JSON known to be valid. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The members of an object; none where no object stands there. */
  members({ start, end }: JsonSpan): readonly JsonMember[] {
    const found = scanObject(this.bytes.subarray(start, end)) ?? [];
    return found.map(({ key, keyStart, valueStart, valueEnd }) => ({
      key,
      keyStart: keyStart + start,
      valueStart: valueStart + start,
      valueEnd: valueEnd + start,
    }));
  }

  /** The items of a list; none where no list stands there. */
  items({ start, end }: JsonSpan): readonly JsonSpan[] {
    const items: JsonSpan[] = [];
    if (this.bytes[start] !== openBracket) return items;
    let at = skipSpace(this.bytes, start + 1);
    while (at < end) {
      const itemEnd = this.#endOfItem(at);
      if (itemEnd === at) return items;
      items.push({ start: at, end: itemEnd });
      at = skipSpace(this.bytes, itemEnd);
      if (this.bytes[at] !== comma) return items;
      at = skipSpace(this.bytes, at + 1);
    }
    return items;
  }

  /** A number or a word ends at the list's end, too. */
  #endOfItem(start: number): number {
    if (isCompound[this.bytes[start] ?? 0] === 1) return skipValue(this.bytes, start);
    let at = start;
    while (at < this.bytes.length && endsWord[this.bytes[at] ?? 0] !== 1) at++;
    return at;
  }

  /** Parses one value. */
  value({ start, end }: JsonSpan): unknown {
    return JSON.parse(this.bytes.toString("utf8", start, end)) as unknown;
  }

  /** Cuts members of an object by their places in the list of all. To be called once for an object. */
  cutMembers(members: readonly JsonMember[], cut: ReadonlySet<number>): void {
    this.cutItems(
      members.map(({ keyStart, valueEnd }) => ({ start: keyStart, end: valueEnd })),
      cut,
    );
  }

  /** Cuts items of a list by their places in it, and with each the comma that it needed. To be called once for a list. */
  cutItems(items: readonly JsonSpan[], cut: ReadonlySet<number>): void {
    let isAnyKept = false;
    for (const [index, item] of items.entries()) {
      if (!cut.has(index)) {
        isAnyKept = true;
        continue;
      }
      const before = isAnyKept ? items[index - 1] : undefined;
      const next = items[index + 1];
      this.#ranges.push({ start: before?.end ?? item.start, end: before === undefined && next !== undefined ? next.start : item.end });
    }
  }

  /** Whether nothing was cut. */
  get isWhole(): boolean {
    return this.#ranges.length === 0;
  }

  /** What is left: the text itself where nothing was cut. What was cut within something that was cut whole makes no difference. */
  apply(): Buffer {
    if (this.isWhole) return this.bytes;
    const kept: Buffer[] = [];
    let done = 0;
    for (const { start, end } of this.#ranges.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
      if (start > done) kept.push(this.bytes.subarray(done, start));
      done = Math.max(done, end);
    }
    kept.push(this.bytes.subarray(done));
    return Buffer.concat(kept);
  }
}
