import { Pair, parseDocument, Scalar, YAMLMap, YAMLSeq, type Node, type Range } from "yaml";

/**
 * Reads the plain part of YAML that long configurations are nearly always written in, several times as fast as the library reads all of it, for
 * lists of thousands of deployments: block maps and lists, and values on their key's line that are plain or in quotes without escapes. What this
 * does not know for sure, it leaves to the library: the whole file, so that there is one opinion of it.
 */

interface Line {
  /** Columns before the content. */
  readonly indent: number;
  /** Where the content begins and ends in the text, without a comment and the space before it. */
  readonly start: number;
  readonly end: number;
}

/** A key: a plain name, and what follows its colon. */
const keyPattern = /^([A-Za-z_][\w./-]*):(?: +|$)/;
/** The first character of a plain value that is a value for sure, and no sign of YAML's. */
const plainStart = /^[\w./+~(-]/;
/** What the library reads as something else than a text, or might. */
const otherThanText = /^(?:[-+.~\d]|(?:null|true|false|yes|no|on|off|y|n|nan|inf)$)/i;
const notPlain = /: |:$| #/;
/** Tabs, carriage returns and whatever else is not written in plain lines. */
// eslint-disable-next-line no-control-regex -- These are the point.
const unusual = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

/** Thrown within this file alone, and caught in it. */
const unknown = new Error("left to the library");

/** @returns undefined where the library is to read the text. */
export function quickYaml(text: string): Node | undefined {
  if (unusual.test(text)) return undefined;
  try {
    return new QuickReader(text).read();
  } catch (error) {
    if (error === unknown) return undefined;
    throw error;
  }
}

class QuickReader {
  readonly #text: string;
  readonly #lines: Line[] = [];
  /** Numbers and the like repeat. */
  readonly #values = new Map<string, unknown>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    for (let start = 0; start < text.length;) {
      const newline = text.indexOf("\n", start);
      const end = newline === -1 ? text.length : newline;
      this.#addLine(start, end);
      start = end + 1;
    }
  }

  read(): Node {
    const node = this.#node(0);
    if (this.#at < this.#lines.length) throw unknown;
    return node;
  }

  #addLine(start: number, end: number): void {
    let from = start;
    while (from < end && this.#text.charCodeAt(from) === 32) from++;
    if (from === end || this.#text.charCodeAt(from) === 35) return;
    const content = this.#text.slice(from, end);
    // Documents, directives, complex keys: rare, and not ours.
    if (from === start && /^(?:---|\.\.\.|%)/.test(content)) throw unknown;
    const comment = content.indexOf(" #");
    const length = (comment === -1 ? content : content.slice(0, comment)).trimEnd().length;
    this.#lines.push({ indent: from - start, start: from, end: from + length });
  }

  get #line(): Line | undefined {
    return this.#lines[this.#at];
  }

  #content(line: Line): string {
    return this.#text.slice(line.start, line.end);
  }

  /** What begins on the line at hand, which stands at least this deep. */
  #node(depth: number): Node {
    const line = this.#line;
    if (line === undefined || line.indent < depth) throw unknown;
    const content = this.#content(line);
    if (isItem(content)) return this.#list(line.indent);
    if (keyPattern.test(content)) return this.#map(line.indent);
    throw unknown;
  }

  #list(indent: number): YAMLSeq {
    const list = new YAMLSeq();
    const start = this.#line?.start ?? 0;
    for (let line = this.#line; line !== undefined && line.indent >= indent; line = this.#line) {
      const content = this.#content(line);
      if (line.indent > indent) throw unknown;
      // A key beside the items of a list ends the list, where a key has it as its value.
      if (!isItem(content)) break;
      const spaces = /^- */.exec(content)?.[0].length ?? 0;
      if (content.length === spaces || content === "-") throw unknown;
      const inner: Line = { indent: indent + spaces, start: line.start + spaces, end: line.end };
      const rest = content.slice(spaces);
      if (isItem(rest)) throw unknown;
      if (keyPattern.test(rest)) {
        this.#lines[this.#at] = inner;
        list.items.push(this.#map(inner.indent));
      } else {
        this.#at += 1;
        list.items.push(this.#scalar(inner.start, inner.end));
        // Deeper lines would go on with the value.
        if ((this.#line?.indent ?? 0) > indent) throw unknown;
      }
    }
    list.range = this.#range(start);
    return list;
  }

  #map(indent: number): YAMLMap {
    const map = new YAMLMap();
    const start = this.#line?.start ?? 0;
    for (let line = this.#line; line !== undefined && line.indent >= indent; line = this.#line) {
      if (line.indent > indent) throw unknown;
      const content = this.#content(line);
      if (isItem(content)) break;
      const [head, key] = keyPattern.exec(content) ?? [];
      if (head === undefined || key === undefined || otherThanText.test(key)) throw unknown;
      this.#at += 1;
      const keyNode = scalarNode(key, key, line.start, line.start + key.length);
      map.items.push(new Pair(keyNode, this.#value(line, head.length, indent)));
    }
    map.range = this.#range(start);
    return map;
  }

  /** Of a key, of whose line so much is read. */
  #value(line: Line, read: number, indent: number): Node {
    const next = this.#line;
    if (line.start + read < line.end) {
      if (next !== undefined && next.indent > indent) throw unknown;
      return this.#scalar(line.start + read, line.end);
    }
    if (next === undefined || next.indent < indent) throw unknown;
    // A list may stand as deep as its key.
    if (next.indent === indent) {
      if (!isItem(this.#content(next))) throw unknown;
      return this.#list(indent);
    }
    return this.#node(indent + 1);
  }

  #scalar(start: number, end: number): Scalar {
    const content = this.#text.slice(start, end);
    const [quote] = content;
    if (quote === '"' || quote === "'") {
      const inner = content.slice(1, -1);
      if (content.length < 2 || content.at(-1) !== quote || /["'\\]/.test(inner)) throw unknown;
      const node = scalarNode(inner, inner, start, end);
      node.type = quote === '"' ? Scalar.QUOTE_DOUBLE : Scalar.QUOTE_SINGLE;
      return node;
    }
    if (!plainStart.test(content) || isItem(content) || notPlain.test(content)) throw unknown;
    return scalarNode(otherThanText.test(content) ? this.#other(content) : content, content, start, end);
  }

  /** The library knows what is a number. It is asked for the value of a key: by itself, `---` would begin a document. */
  #other(content: string): unknown {
    if (!this.#values.has(content)) {
      const { contents, errors } = parseDocument(`key: ${content}`, { merge: true, prettyErrors: false });
      const value = contents instanceof YAMLMap ? (contents.items[0] as Pair | undefined)?.value : undefined;
      if (errors.length > 0 || !(value instanceof Scalar) || value.type !== Scalar.PLAIN || value.source !== content) throw unknown;
      this.#values.set(content, value.value);
    }
    return this.#values.get(content);
  }

  /** Up to the end of the line before the one at hand. */
  #range(start: number): Range {
    const end = this.#lines[this.#at - 1]?.end ?? start;
    return [start, end, end];
  }
}

function isItem(content: string): boolean {
  return content.charCodeAt(0) === 45 && (content.length === 1 || content.charCodeAt(1) === 32);
}

function scalarNode(value: unknown, source: string, start: number, end: number): Scalar {
  const node = new Scalar(value);
  node.source = source;
  node.type = Scalar.PLAIN;
  node.range = [start, end, end];
  return node;
}
