import type { ConfigNode, MapEntry, ScalarNode } from "../tree/config-node.ts";
import type { Finding } from "../tree/finding-log.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { YamlFile, YamlSecret } from "./yaml-file.ts";

/**
 * A {@link YamlFile} as one thread hands it to another, without the text, which both have. The tree is one row of numbers, each node after
 * the one that holds it: half a million objects would take the receiver as long to make out of a message as the numbers take to read ten times.
 */
export interface PackedYaml {
  /** Undefined when the text is not YAML. */
  readonly tree: Int32Array | undefined;
  /** What the numbers of the tree stand for: names, texts and values, each once. */
  readonly values: readonly ScalarNode["value"][];
  readonly secrets: readonly YamlSecret[];
  readonly problems: readonly PackedFinding[];
  readonly warnings: readonly PackedFinding[];
}

interface PackedFinding {
  readonly start: number;
  readonly end: number;
  readonly key: string;
  readonly message: string;
}

/** What the first number of a node says. */
const kinds = { scalar: 0, secretScalar: 1, list: 2, map: 3 } as const;

export function packYaml({ root, secrets, problems, warnings }: YamlFile): PackedYaml {
  const numbers: number[] = [];
  const places = new Map<ScalarNode["value"], number>();
  const placeOf = (value: ScalarNode["value"]): number => {
    const known = places.get(value);
    if (known === undefined) places.set(value, places.size);
    return known ?? places.size - 1;
  };
  const pack = (node: ConfigNode): void => {
    const { start, end } = node.at;
    switch (node.kind) {
      case "scalar":
        numbers.push(node.secret ? kinds.secretScalar : kinds.scalar, start, end, placeOf(node.value), placeOf(node.text));
        return;
      case "list":
        numbers.push(kinds.list, start, end, node.items.length);
        for (const item of node.items) pack(item);
        return;
      case "map":
        numbers.push(kinds.map, start, end, node.entries.size);
        for (const { key, keyAt, value } of node.entries.values()) {
          numbers.push(placeOf(key), keyAt.start, keyAt.end);
          pack(value);
        }
        return;
      default:
        node satisfies never;
    }
  };
  if (root !== undefined) pack(root);
  return {
    tree: root === undefined ? undefined : Int32Array.from(numbers),
    values: [...places.keys()],
    secrets,
    problems: problems.map(packFinding),
    warnings: warnings.map(packFinding),
  };
}

function packFinding({ at, key, message }: Finding): PackedFinding {
  return { start: at.start, end: at.end, key, message };
}

/** @param file Made anew from the path and text that were packed; what is secret in it is marked here. */
export function unpackYaml(file: SourceFile, packed: PackedYaml): YamlFile {
  file.broken = packed.tree === undefined;
  for (const { start, end } of packed.secrets) file.hide(start, end);
  const unpackFinding = ({ start, end, key, message }: PackedFinding): Finding => ({ at: { file, start, end }, key, message });
  return {
    file,
    root: packed.tree === undefined ? undefined : new Unpacker(file, packed.tree, packed.values).node(),
    secrets: packed.secrets,
    problems: packed.problems.map(unpackFinding),
    warnings: packed.warnings.map(unpackFinding),
  };
}

class Unpacker {
  readonly #file: SourceFile;
  readonly #tree: Int32Array;
  readonly #values: PackedYaml["values"];
  #next = 0;

  constructor(file: SourceFile, tree: Int32Array, values: PackedYaml["values"]) {
    this.#file = file;
    this.#tree = tree;
    this.#values = values;
  }

  node(): ConfigNode {
    const kind = this.#number();
    const at = this.#place();
    if (kind === kinds.list) return { kind: "list", items: Array.from({ length: this.#number() }, () => this.node()), at };
    if (kind === kinds.map) return { kind: "map", entries: this.#entries(this.#number()), at };
    const value = this.#value() ?? null;
    return { kind: "scalar", value, text: String(this.#value()), at, origin: "literal", secret: kind === kinds.secretScalar };
  }

  #entries(count: number): ReadonlyMap<string, MapEntry> {
    const entries = new Map<string, MapEntry>();
    for (let index = 0; index < count; index++) {
      const key = String(this.#value());
      entries.set(key, { key, keyAt: this.#place(), value: this.node() });
    }
    return entries;
  }

  #place() {
    return { file: this.#file, start: this.#number(), end: this.#number() };
  }

  #value(): ScalarNode["value"] | undefined {
    return this.#values[this.#number()];
  }

  #number(): number {
    return this.#tree[this.#next++] ?? 0;
  }
}
