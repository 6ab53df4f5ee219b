import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node, type Pair, type Scalar } from "yaml";
import type { ConfigNode, MapEntry, MapNode, Place, ScalarNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { quickYaml } from "./quick-yaml.ts";
import { scalarValue } from "./scalar-value.ts";
import { SecretKeys } from "../secrets/secret-keys.ts";
import { isSecretItem, type Secrets } from "../secrets/secrets.ts";
import { sectionAt } from "../settings/section-at.ts";
import type { SourceFile } from "../tree/source-file.ts";

/** Aliases of aliases can unfold without bound from a few lines. A file without any has fewer values than characters. */
const fewestNodes = 200_000;

/**
 * Reads one file as YAML 1.2 with what PyYAML's users rely on: merge keys, a key given twice (the last counts), `80_000` as a number.
 * @returns undefined when the text is not YAML; the problems say where.
 */
export function parseYaml(file: SourceFile, log: FindingLog, secrets: Secrets): ConfigNode | undefined {
  const quick = quickYaml(file);
  if (quick === undefined) return parseFully(file, log, secrets);
  for (const { text, at } of quick.secrets) hide(text, at, secrets);
  for (const { at, key, earlier } of quick.repeats) warnOfRepeat(at, key, earlier, log);
  return quick.root;
}

/** The same by the library alone, which knows all of YAML. */
export function parseFully(file: SourceFile, log: FindingLog, secrets: Secrets): ConfigNode | undefined {
  const document = parseDocument(file.text, { merge: true, uniqueKeys: false, prettyErrors: false });
  // Before anything is reported: what is secret in the readable part of a broken file is to be masked by its exact place too.
  file.broken = document.errors.length > 0;
  const converter = new Converter(file, document, log, secrets);
  const node = converter.convert(document.contents, "", false);
  for (const error of document.errors) {
    const at = { file, start: error.pos[0], end: error.pos[1] };
    const message = error.code === "MULTIPLE_DOCS" ? "a second YAML document begins here; one file holds one configuration" : error.message;
    log.problem(at, "", `not valid YAML: ${message}`);
  }
  return file.broken ? undefined : node;
}

class Converter {
  readonly #file: SourceFile;
  /** Where aliases lead. */
  readonly #document: Document.Parsed;
  readonly #log: FindingLog;
  readonly #secrets: Secrets;
  readonly #open = new Set<Node>();
  readonly #secretKeys = new SecretKeys();
  #nodes = 0;

  constructor(file: SourceFile, document: Document.Parsed, log: FindingLog, secrets: Secrets) {
    this.#file = file;
    this.#document = document;
    this.#log = log;
    this.#secrets = secrets;
  }

  convert(node: Node | null | undefined, key: string, secret: boolean): ConfigNode {
    if (node === null || node === undefined) return this.#nullAt({ file: this.#file, start: 0, end: 0 });
    const at = this.#place(node);
    this.#nodes++;
    const mostNodes = Math.max(fewestNodes, this.#file.text.length);
    if (this.#nodes > mostNodes) {
      if (this.#nodes === mostNodes + 1) this.#log.problem(at, key, `the aliases unfold to more than ${mostNodes} values`);
      return this.#nullAt(at);
    }
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined) {
        this.#log.problem(at, key, `the alias *${node.source} refers to no anchor`);
        return this.#nullAt(at);
      }
      return this.convert(target, key, secret);
    }
    if (this.#open.has(node)) {
      this.#log.problem(at, key, "an anchor contains itself");
      return this.#nullAt(at);
    }
    this.#open.add(node);
    const converted = this.#collectionOrScalar(node, at, key, secret);
    this.#open.delete(node);
    return converted;
  }

  #collectionOrScalar(node: Node, at: Place, key: string, secret: boolean): ConfigNode {
    if (isMap(node)) return this.#map(node.items as readonly Pair<Node, Node | null>[], at, key, secret);
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.convert(item as Node | null, `${key}[${index}]`, secret || (isScalar(item) && isSecretItem(key))),
      );
      return { kind: "list", items, at };
    }
    return isScalar(node) ? this.#scalar(node, at, secret) : this.#nullAt(at);
  }

  #map(pairs: readonly Pair<Node, Node | null>[], at: Place, path: string, secret: boolean): MapNode {
    const entries = new Map<string, MapEntry>();
    const merged: MapNode[] = [];
    const section = sectionAt(path);
    for (const pair of pairs) {
      const keyAt = this.#place(pair.key);
      if (!isScalar(pair.key)) {
        this.#log.problem(keyAt, path, "a key must be a plain name");
        continue;
      }
      if (typeof pair.key.value === "symbol" || (pair.key.type === "PLAIN" && pair.key.source === "<<")) {
        merged.push(...this.#mergeSources(this.convert(pair.value, path, secret), keyAt, path));
        continue;
      }
      const key = typeof pair.key.value === "string" ? pair.key.value : (pair.key.source ?? String(pair.key.value));
      const keyPath = path === "" ? key : `${path}.${key}`;
      const earlier = entries.get(key);
      if (earlier !== undefined) warnOfRepeat(keyAt, keyPath, earlier.keyAt, this.#log);
      const value =
        pair.value === null
          ? this.#nullAt(keyAt)
          : this.convert(pair.value, keyPath, secret || this.#secretKeys.has(key, path, section, !isScalar(pair.value)));
      entries.set(key, { key, keyAt, value });
    }
    // A merged key never beats the map's own, and an earlier source never a later one.
    for (const source of merged) {
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return { kind: "map", entries, at };
  }

  #mergeSources(node: ConfigNode, at: Place, path: string): readonly MapNode[] {
    if (node.kind === "map") return [node];
    if (node.kind === "list") return node.items.flatMap((item) => this.#mergeSources(item, at, path));
    this.#log.problem(at, path, "`<<` merges a map or a list of maps, as in `<<: *defaults`");
    return [];
  }

  #scalar(node: Scalar, at: Place, secret: boolean): ScalarNode {
    const text = node.source ?? "";
    if (secret && typeof node.value !== "boolean" && node.value !== null) hide(text, at, this.#secrets);
    return { kind: "scalar", value: scalarValue(node, text), text, at, origin: "literal", secret };
  }

  #place(node: Node): Place {
    const [start, end] = node.range ?? [0, 0];
    return { file: this.#file, start, end };
  }

  #nullAt(at: Place): ScalarNode {
    return { kind: "scalar", value: null, text: "", at, origin: "literal", secret: false };
  }
}

function warnOfRepeat(at: Place, key: string, earlier: Place, log: FindingLog): void {
  const { line } = earlier.file.position(earlier.start);
  log.warning(at, key, `given twice (first on line ${line}); the last one counts, so merge the two`);
}

function hide(text: string, at: Place, secrets: Secrets): void {
  if (isReference(text) || isPlaceholder(text)) return;
  at.file.hide(at.start, at.end);
  secrets.remember(text);
}

/** Nothing but a reference names a variable and gives nothing away; one with a default may. */
function isReference(text: string): boolean {
  return /^(os\.environ\/\w+|\$\{\w+\})$/.test(text);
}

function isPlaceholder(text: string): boolean {
  return /^<[A-Za-z][\w -]*>$/.test(text);
}
