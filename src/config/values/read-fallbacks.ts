import type { FallbackTable, FallbackTarget } from "../../core/call.ts";
import { isWildcard } from "../../core/table/wildcard.ts";
import { readFallbackTarget } from "../../formats/kit/request/fallback-target.ts";
import type { FieldProblem } from "../../formats/kit/request/field-reader.ts";
import type { CallableNames } from "./callable-names.ts";
import { child, isNull, placeBelow, showNode, type ConfigNode, type MapEntry, type MapNode } from "../tree/config-node.ts";
import { litellmTopic } from "./litellm-own-names.ts";
import { parameterValue } from "./request-parameters.ts";
import type { FindingLog } from "../tree/finding-log.ts";

/** A value and where it stands. */
export interface Located {
  readonly node: ConfigNode;
  /** The names that lead to it. */
  readonly path: string;
}

/** The group that stands for all others. */
const anyGroup = "*";

const nobodysFallback = "names no group whose fallback it is";
const usualForm = "write `- group: [other]`";

/** Settings of a deployment that a fallback may change for its own call. */
const amendable: ReadonlySet<string> = new Set(["model", "timeout", "request_timeout", "stream_timeout", "tags"]);

/**
 * Reads fallbacks: a list of maps from a group to its targets, or one such map. It only warns of a group or target that does not exist, because
 * a deployment may be added later, and of a circle, because a call never visits a group twice.
 */
export class FallbackReader {
  readonly #names: CallableNames;
  readonly #deploymentSettings: object;
  readonly #log: FindingLog;

  /** @param deploymentSettings The settings of a deployment by name, most of which a fallback cannot change. */
  constructor(names: CallableNames, deploymentSettings: object, log: FindingLog) {
    this.#names = names;
    this.#deploymentSettings = deploymentSettings;
    this.#log = log;
  }

  /** @returns The table, and the names that stand in the list by themselves and so belong to no group. */
  read({ node, path }: Located): { readonly table: FallbackTable; readonly loose: readonly Located[] } {
    const table = new Map<string, readonly FallbackTarget[]>();
    const groups = new Map<string, Located>();
    const loose: Located[] = [];
    const items = node.kind === "list" ? node.items : [node];
    for (const [index, item] of items.entries()) {
      const itemPath = node.kind === "list" ? `${path}[${index}]` : path;
      const isName =
        item.kind === "scalar" && (node.kind === "list" ? item.value !== null : typeof item.value === "string" && item.text !== "");
      if (isName && !isUnresolved(item)) {
        loose.push({ node: item, path: itemPath });
      } else if (item.kind !== "map") {
        if (!isUnresolved(item)) this.#log.problem(item.at, itemPath, `must be a map from a group to its fallbacks, not ${showNode(item)}`);
      } else if (item.entries.get("model")?.value.kind === "scalar") {
        this.#log.warning(item.at, itemPath, "is no map from a group to its fallbacks, as `- group: [other]` is, and is ignored");
      } else {
        for (const entry of item.entries.values()) this.#readEntry(entry, `${itemPath}.${entry.key}`, table, groups);
      }
    }
    this.#warnOfCircles(table, groups);
    return { table, loose };
  }

  /** Reads targets that belong to no group: the fallbacks of all. */
  readNames(names: readonly Located[]): readonly FallbackTarget[] {
    return names.flatMap(({ node, path }) => this.#target(node, path));
  }

  #readEntry(entry: MapEntry, path: string, table: Map<string, readonly FallbackTarget[]>, groups: Map<string, Located>): void {
    const { key, keyAt, value } = entry;
    if (isNull(value)) return;
    if (table.has(key)) {
      this.#log.warning(keyAt, path, "has fallbacks already, which count; these are ignored");
      return;
    }
    if (key !== anyGroup && !this.#names.hasInShort(key)) {
      this.#log.warning(keyAt, path, `${this.#names.reasonAgainst(key)}, so these fallbacks are never used`);
    }
    const located = value.kind === "list" ? value.items.map((item, index) => ({ node: item, path: `${path}[${index}]` })) : undefined;
    table.set(key, this.readNames(located ?? [{ node: value, path }]));
    groups.set(key, { node: value, path });
  }

  #target(node: ConfigNode, path: string): readonly FallbackTarget[] {
    if (isUnresolved(node)) return [];
    let target: FallbackTarget | undefined;
    if (node.kind === "map") target = this.#amendingTarget(node, path);
    else if (node.kind === "scalar" && node.value !== null && node.text !== "") target = { model: node.text, amend: undefined };
    else this.#log.problem(node.at, path, `must be a name, or a map with \`model\` and its parameters, not ${showNode(node)}`);
    if (target === undefined) return [];
    const { model } = target;
    if (isWildcard(model)) {
      this.#log.warning(node.at, path, "is a pattern; a fallback is a single model, so it is passed over");
      return [];
    }
    if (!this.#names.has(model)) {
      const written = child(node, "model") ?? node;
      this.#log.warning(written.at, path, `${this.#names.reasonAgainst(model, showNode(written))}, so it is passed over`);
    }
    return [target];
  }

  #amendingTarget(node: MapNode, path: string): FallbackTarget | undefined {
    const fields: Record<string, unknown> = {};
    for (const entry of node.entries.values()) {
      const entryPath = `${path}.${entry.key}`;
      const own = Object.hasOwn(this.#deploymentSettings, entry.key) || litellmTopic(entry.key) !== undefined;
      if (own && !amendable.has(entry.key)) {
        const message =
          "is a setting of a deployment, and is ignored here: write an entry of model_list, and name its group as the fallback";
        this.#log.warning(entry.keyAt, entryPath, message);
      } else if (!isNull(entry.value)) {
        fields[entry.key] = parameterValue(entry, entryPath, this.#log);
      }
    }
    const problems: FieldProblem[] = [];
    const target = readFallbackTarget(fields, fields, "", problems);
    for (const { param, fault } of problems) this.#log.problem(placeBelow(node, param), `${path}.${param}`, fault);
    return problems.length === 0 ? target : undefined;
  }

  /** Follows each group once, so that a tangle of circles costs no more than a line of groups. */
  #warnOfCircles(table: FallbackTable, groups: ReadonlyMap<string, Located>): void {
    const done = new Set<string>();
    const follow = (group: string, trail: readonly string[]): void => {
      const from = trail.indexOf(group);
      if (from !== -1) {
        const circle = [...trail.slice(from), group];
        const at = groups.get(trail.at(-1) ?? group);
        const message = `goes in a circle: ${circle.join(" → ")}; a call tries each of them once`;
        if (at !== undefined) this.#log.warning(at.node.at, at.path, message);
        return;
      }
      if (done.has(group)) return;
      done.add(group);
      for (const target of table.get(group) ?? []) follow(target.model, [...trail, group]);
    };
    for (const group of table.keys()) follow(group, []);
  }
}

/** Reads the fallbacks for every kind of failure, with those of all groups under `*`. */
export function readGenericFallbacks(
  reader: FallbackReader,
  written: Located | undefined,
  forAll: Located | undefined,
  log: FindingLog,
): FallbackTable {
  const { table, loose } = written === undefined ? { table: new Map(), loose: [] } : reader.read(written);
  const [first] = loose;
  if (first !== undefined) {
    const outcome = forAll === undefined ? "taken as default_fallbacks" : "ignored, since default_fallbacks is set";
    log.warning(first.node.at, first.path, `${nobodysFallback}, and is ${outcome}; ${usualForm}`);
  }
  const common = forAll === undefined ? loose : itemsOf(forAll);
  if (common.length === 0) return table;
  if (table.has(anyGroup)) {
    const [{ node, path }] = common as readonly [Located, ...Located[]];
    log.warning(node.at, path, "is ignored, since fallbacks has an entry for `*`");
    return table;
  }
  return new Map([...table, [anyGroup, reader.readNames(common)]]);
}

/**
 * Adds what deployments say of the fallbacks of their groups, where those have none.
 * @param ofEntries By the groups' names.
 */
export function withFallbacksOfEntries(
  table: FallbackTable,
  ofEntries: ReadonlyMap<string, Located>,
  reader: FallbackReader,
  log: FindingLog,
): FallbackTable {
  if (ofEntries.size === 0) return table;
  const added = new Map(table);
  for (const [group, located] of ofEntries) {
    if (table.has(group)) log.warning(located.node.at, located.path, `is ignored, since fallbacks has an entry for ${group}`);
    else added.set(group, reader.readNames(itemsOf(located)));
  }
  return added;
}

/** Reads the fallbacks for one kind of failure: each belongs to a group. */
export function readSpecialFallbacks(reader: FallbackReader, written: Located, log: FindingLog): FallbackTable {
  const { table, loose } = reader.read(written);
  for (const { node, path } of loose) log.warning(node.at, path, `${nobodysFallback}, and is ignored; ${usualForm}`);
  return table;
}

function itemsOf({ node, path }: Located): readonly Located[] {
  return node.kind === "list" ? node.items.map((item, index) => ({ node: item, path: `${path}[${index}]` })) : [{ node, path }];
}

function isUnresolved(node: ConfigNode): boolean {
  return node.kind === "scalar" && node.origin === "unresolved";
}
