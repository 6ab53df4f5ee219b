import { withEntries, type ConfigNode, type MapEntry, type MapNode } from "../tree/config-node.ts";
import { expandReferences, mayRefer } from "./expand-references.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import type { Secrets } from "../secrets/secrets.ts";

/**
 * Called for a variable that is not set and has no default.
 * @param path Where the reference stands, for messages.
 */
export type OnMissing = (node: ConfigNode, path: string, name: string) => void;

/**
 * The variables that the configuration's references see: those of `environment_variables` first, then the process's own. The former stay in
 * here, because a configuration never changes the process's environment.
 */
export class Environment {
  readonly #outer: Readonly<Record<string, string | undefined>>;
  readonly #own = new Map<string, string>();
  readonly #secrets: Secrets;

  constructor(outer: Readonly<Record<string, string | undefined>>, secrets: Secrets) {
    this.#outer = outer;
    this.#secrets = secrets;
  }

  get(name: string): string | undefined {
    return this.#own.get(name) ?? this.#outer[name];
  }

  /** @returns A variable that holds a secret, which no message will repeat. */
  secret(name: string): string | undefined {
    const value = this.get(name);
    if (value !== undefined) this.hide(value);
    return value;
  }

  /** Keeps a secret out of all messages. */
  hide(secret: string): void {
    this.#secrets.remember(secret);
  }

  /**
   * Takes in the section `environment_variables`. Its values may refer to each other in any order; one that refers to itself
   * (`X: ${X}`) means the process's own.
   */
  define(section: MapNode, log: FindingLog): void {
    const pending = new Set<string>();
    const evaluate = (name: string): string | undefined => {
      const known = this.#own.get(name);
      if (known !== undefined) return known;
      const entry = section.entries.get(name);
      if (entry === undefined || pending.has(name)) return this.#outer[name];
      const path = `environment_variables.${name}`;
      if (entry.value.kind !== "scalar") {
        log.problem(entry.value.at, path, `must be a single value, not ${entry.value.kind === "map" ? "a map" : "a list"}`);
        return undefined;
      }
      if (entry.value.value === null) return this.#outer[name];
      pending.add(name);
      const { value } = entry.value;
      const expansion = expandReferences(typeof value === "string" ? value : entry.value.text, evaluate);
      pending.delete(name);
      if (expansion.missing.length > 0) {
        const names = expansion.missing.join(", ");
        log.warning(entry.value.at, path, `${names} is not set in the environment, so ${name} stays unset`);
        return undefined;
      }
      this.#own.set(name, expansion.text);
      this.#secrets.remember(expansion.text);
      return expansion.text;
    };
    for (const name of section.entries.keys()) evaluate(name);
  }

  /**
   * Follows every reference in a tree.
   * @param path Where the tree stands, for messages.
   */
  resolve(node: ConfigNode, key: string, onMissing: OnMissing): ConfigNode {
    switch (node.kind) {
      case "list":
        return { ...node, items: node.items.map((item, index) => this.resolve(item, `${key}[${index}]`, onMissing)) };
      case "map": {
        let changes: Map<string, MapEntry> | undefined;
        for (const [name, entry] of node.entries) {
          const value = this.resolve(entry.value, key === "" ? name : `${key}.${name}`, onMissing);
          if (value !== entry.value) (changes ??= new Map()).set(name, { ...entry, value });
        }
        return changes === undefined ? node : withEntries(node, changes);
      }
      case "scalar": {
        if (typeof node.value !== "string" || node.origin !== "literal" || !mayRefer(node.value)) return node;
        const expansion = expandReferences(node.value, (name) => this.get(name));
        if (!expansion.referred) return expansion.text === node.value ? node : { ...node, value: expansion.text, text: expansion.text };
        for (const name of expansion.missing) onMissing(node, key, name);
        if (expansion.missing.length > 0) return { ...node, value: null, text: "", origin: "unresolved" };
        if (node.secret) this.#secrets.remember(expansion.text);
        return { ...node, value: expansion.text, text: expansion.text, origin: "environment" };
      }
      default:
        return node satisfies never;
    }
  }
}
