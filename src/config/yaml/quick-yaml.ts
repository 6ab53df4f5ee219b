import { parseDocument, Scalar, YAMLMap, type Pair } from "yaml";
import type { ConfigNode, MapEntry, Place, ScalarNode } from "../tree/config-node.ts";
import { scalarValue } from "./scalar-value.ts";
import { SecretKeys } from "../secrets/secret-keys.ts";
import { isSecretItem } from "../secrets/secrets.ts";
import { sectionAt } from "../settings/section-at.ts";
import type { SourceFile } from "../tree/source-file.ts";

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

/** What was read, and what there is to do about it: nothing is done before it is sure that all can be read. */
export interface QuickTree {
  readonly root: ConfigNode;
  /** Values that are not to be shown. */
  readonly secrets: readonly ScalarNode[];
  /** Keys that are in their map already. */
  readonly repeats: readonly RepeatedKey[];
}

interface RepeatedKey {
  readonly at: Place;
  /** The path of keys. */
  readonly key: string;
  readonly earlier: Place;
}

/** @returns undefined where the library is to read the text. */
export function quickYaml(file: SourceFile): QuickTree | undefined {
  if (unusual.test(file.text)) return undefined;
  try {
    return new QuickReader(file).read();
  } catch (error) {
    if (error === unknown) return undefined;
    throw error;
  }
}

class QuickReader {
  readonly #file: SourceFile;
  readonly #text: string;
  readonly #lines: Line[] = [];
  /** Numbers and the like repeat, and so do keys. */
  readonly #values = new Map<string, ScalarNode["value"]>();
  readonly #keys = new Map<string, string>();
  readonly #secretKeys = new SecretKeys();
  readonly #secrets: ScalarNode[] = [];
  readonly #repeats: RepeatedKey[] = [];
  #at = 0;

  constructor(file: SourceFile) {
    this.#file = file;
    const { text } = file;
    this.#text = text;
    for (let start = 0; start < text.length;) {
      const newline = text.indexOf("\n", start);
      const end = newline === -1 ? text.length : newline;
      this.#addLine(start, end);
      start = end + 1;
    }
  }

  read(): QuickTree {
    const root = this.#node(0, "", false);
    if (this.#at < this.#lines.length) throw unknown;
    return { root, secrets: this.#secrets, repeats: this.#repeats };
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
  #node(depth: number, path: string, secret: boolean): ConfigNode {
    const line = this.#line;
    if (line === undefined || line.indent < depth) throw unknown;
    const content = this.#content(line);
    if (isItem(content)) return this.#list(line.indent, path, secret);
    if (keyPattern.test(content)) return this.#map(line.indent, path, secret);
    throw unknown;
  }

  #list(indent: number, path: string, secret: boolean): ConfigNode {
    const items: ConfigNode[] = [];
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
        items.push(this.#map(inner.indent, `${path}[${items.length}]`, secret));
      } else {
        this.#at += 1;
        items.push(this.#scalar(inner.start, inner.end, secret || isSecretItem(path)));
        // Deeper lines would go on with the value.
        if ((this.#line?.indent ?? 0) > indent) throw unknown;
      }
    }
    return { kind: "list", items, at: this.#placeFrom(start) };
  }

  #map(indent: number, path: string, secret: boolean): ConfigNode {
    const entries = new Map<string, MapEntry>();
    const section = sectionAt(path);
    const start = this.#line?.start ?? 0;
    for (let line = this.#line; line !== undefined && line.indent >= indent; line = this.#line) {
      if (line.indent > indent) throw unknown;
      const content = this.#content(line);
      if (isItem(content)) break;
      const [head, written] = keyPattern.exec(content) ?? [];
      if (head === undefined || written === undefined || otherThanText.test(written)) throw unknown;
      this.#at += 1;
      const key = this.#key(written);
      const keyAt = { file: this.#file, start: line.start, end: line.start + key.length };
      const keyPath = path === "" ? key : `${path}.${key}`;
      const earlier = entries.get(key);
      if (earlier !== undefined) this.#repeats.push({ at: keyAt, key: keyPath, earlier: earlier.keyAt });
      const isCollection = line.start + head.length >= line.end;
      const isSecret = secret || this.#secretKeys.has(key, path, section, isCollection);
      const value = isCollection
        ? this.#collection(indent, keyPath, isSecret)
        : this.#valueBeside(line, line.start + head.length, indent, isSecret);
      entries.set(key, { key, keyAt, value });
    }
    return { kind: "map", entries, at: this.#placeFrom(start) };
  }

  #key(written: string): string {
    const known = this.#keys.get(written);
    if (known === undefined) this.#keys.set(written, written);
    return known ?? written;
  }

  /** On its key's line. */
  #valueBeside(line: Line, start: number, indent: number, secret: boolean): ScalarNode {
    const next = this.#line;
    if (next !== undefined && next.indent > indent) throw unknown;
    return this.#scalar(start, line.end, secret);
  }

  /** Under its key. */
  #collection(indent: number, path: string, secret: boolean): ConfigNode {
    const next = this.#line;
    if (next === undefined || next.indent < indent) throw unknown;
    // A list may stand as deep as its key.
    if (next.indent === indent) {
      if (!isItem(this.#content(next))) throw unknown;
      return this.#list(indent, path, secret);
    }
    return this.#node(indent + 1, path, secret);
  }

  #scalar(start: number, end: number, secret: boolean): ScalarNode {
    const content = this.#text.slice(start, end);
    const at = { file: this.#file, start, end };
    const [quote] = content;
    if (quote === '"' || quote === "'") {
      const inner = content.slice(1, -1);
      if (content.length < 2 || content.at(-1) !== quote || /["'\\]/.test(inner)) throw unknown;
      return this.#noted({ kind: "scalar", value: inner, text: inner, at, origin: "literal", secret });
    }
    if (!plainStart.test(content) || isItem(content) || notPlain.test(content)) throw unknown;
    const value = otherThanText.test(content) ? this.#other(content) : content;
    return this.#noted({ kind: "scalar", value, text: content, at, origin: "literal", secret });
  }

  #noted(node: ScalarNode): ScalarNode {
    if (node.secret && typeof node.value !== "boolean" && node.value !== null) this.#secrets.push(node);
    return node;
  }

  /** The library knows what is a number. It is asked for the value of a key: by itself, `---` would begin a document. */
  #other(content: string): ScalarNode["value"] {
    const known = this.#values.get(content);
    if (known !== undefined) return known;
    const { contents, errors } = parseDocument(`key: ${content}`, { merge: true, prettyErrors: false });
    const node = contents instanceof YAMLMap ? (contents.items[0] as Pair | undefined)?.value : undefined;
    if (errors.length > 0 || !(node instanceof Scalar) || node.type !== Scalar.PLAIN || node.source !== content) throw unknown;
    const value = scalarValue(node, content);
    this.#values.set(content, value);
    return value;
  }

  /** Up to the end of the line before the one at hand. */
  #placeFrom(start: number): Place {
    return { file: this.#file, start, end: this.#lines[this.#at - 1]?.end ?? start };
  }
}

function isItem(content: string): boolean {
  return content.charCodeAt(0) === 45 && (content.length === 1 || content.charCodeAt(1) === 32);
}
