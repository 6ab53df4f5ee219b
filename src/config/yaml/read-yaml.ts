import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node, type Pair, type Scalar } from "yaml";
import { SecretNames } from "../secrets/secret-names.ts";
import { isCredentialPath, isSecretItem } from "../secrets/secrets.ts";
import { sectionAt } from "../settings/section-at.ts";
import type { SectionName } from "../settings/setting-spec.ts";
import type { ConfigNode, MapEntry, MapNode, Place, ScalarNode } from "../tree/config-node.ts";
import { FindingLog } from "../tree/finding-log.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { YamlFile, YamlSecret } from "./yaml-file.ts";

/** Values that a file may unfold to, at least. Aliases of aliases can unfold without bound from a few lines; a file without aliases has fewer values than characters. */
const fewestNodes = 200_000;

/**
 * Reads one file as YAML 1.2 with what PyYAML's users rely on: merge keys, a name given twice (the last counts), `80_000` as a number. Marks
 * what is secret in the file, and changes nothing else.
 */
export function readYaml(file: SourceFile): YamlFile {
  const document = parseDocument(file.text, { merge: true, uniqueKeys: false, prettyErrors: false });
  // Known before anything is reported, because secrets in the readable part of a broken file are masked by their exact place too.
  file.broken = document.errors.length > 0;
  const log = new FindingLog();
  const converter = new Converter(file, document, log);
  const node = converter.convert(document.contents, "", false);
  for (const error of document.errors) {
    const at = { file, start: error.pos[0], end: error.pos[1] };
    const message = error.code === "MULTIPLE_DOCS" ? "a second YAML document begins here; one file holds one configuration" : error.message;
    log.problem(at, "", `not valid YAML: ${message}`);
  }
  return { file, root: file.broken ? undefined : node, secrets: converter.secrets, problems: log.problems, warnings: log.warnings };
}
class Converter {
  readonly #file: SourceFile;
  /** Where aliases lead. */
  readonly #document: Document.Parsed;
  readonly #log: FindingLog;
  readonly #open = new Set<Node>();
  readonly #secretNames = new SecretNames();
  #nodes = 0;
  readonly secrets: YamlSecret[] = [];

  constructor(file: SourceFile, document: Document.Parsed, log: FindingLog) {
    this.#file = file;
    this.#document = document;
    this.#log = log;
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
      const entryPath = path === "" ? key : `${path}.${key}`;
      const earlier = entries.get(key);
      if (earlier !== undefined) warnOfRepeat(keyAt, entryPath, earlier.keyAt, this.#log);
      const value =
        pair.value === null
          ? this.#nullAt(keyAt)
          : this.convert(pair.value, entryPath, secret || this.#isSecret(key, path, section, pair.value));
      entries.set(key, { key, keyAt, value });
    }
    // The map's own names beat merged ones, and an earlier source beats a later one.
    for (const source of merged) {
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return { kind: "map", entries, at };
  }

  #isSecret(key: string, path: string, section: SectionName | undefined, value: Node): boolean {
    if (isScalar(value) && isCredentialPath(key, String(value.value))) return false;
    return this.#secretNames.has(key, path, section, !isScalar(value));
  }

  #mergeSources(node: ConfigNode, at: Place, path: string): readonly MapNode[] {
    if (node.kind === "map") return [node];
    if (node.kind === "list") return node.items.flatMap((item) => this.#mergeSources(item, at, path));
    this.#log.problem(at, path, "`<<` merges a map or a list of maps, as in `<<: *defaults`");
    return [];
  }

  #scalar(node: Scalar, at: Place, secret: boolean): ScalarNode {
    const text = node.source ?? "";
    if (secret && typeof node.value !== "boolean" && node.value !== null && !isReference(text) && !isPlaceholder(text)) {
      at.file.hide(at.start, at.end);
      this.secrets.push({ text, start: at.start, end: at.end });
    }
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

/** Whether a text is a reference and nothing else, which gives nothing away. One with a default may. */
function isReference(text: string): boolean {
  return /^(os\.environ\/\w+|\$\{\w+\})$/.test(text);
}

function isPlaceholder(text: string): boolean {
  return /^<[A-Za-z][\w -]*>$/.test(text);
}

/** @returns What a scalar stands for. @param text As written. */
function scalarValue(node: Scalar, text: string): string | number | boolean | null {
  const { value } = node;
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "bigint") return Number(value);
  // YAML 1.1, and so PyYAML, reads an underscore between digits as nothing; YAML 1.2 reads a string.
  if (node.type === "PLAIN" && /^[-+]?\d[\d_]*_[\d_]*(\.[\d_]*)?$/.test(text)) return Number(text.replaceAll("_", ""));
  return typeof value === "string" ? value : text;
}
