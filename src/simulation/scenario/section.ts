import { SectionReader } from "../../config/settings/section-reader.ts";
import type { SettingsTable } from "../../config/settings/setting-spec.ts";
import { type ConfigNode, type MapNode, showNode } from "../../config/tree/config-node.ts";
import type { FindingLog } from "../../config/tree/finding-log.ts";
import { didYouMean } from "../../lib/suggest.ts";

/** Opens a section, and refuses what its table does not have. */
export function openSection<Table extends SettingsTable>(
  table: Table,
  node: MapNode | undefined,
  path: string,
  log: FindingLog,
): SectionReader<Table> {
  for (const { key, keyAt } of node?.entries.values() ?? []) {
    if (Object.hasOwn(table, key) || (path === "" && key.startsWith("x-"))) continue;
    const names = Object.keys(table);
    log.problem(keyAt, path === "" ? key : `${path}.${key}`, `is not known here${didYouMean(key, names)}; there are ${names.join(", ")}`);
  }
  return new SectionReader(table, node, path, log);
}

/** The maps of a list; anything else in it is reported. */
export function mapsOf(items: readonly ConfigNode[] | undefined, path: string, log: FindingLog): readonly (readonly [MapNode, string])[] {
  return (items ?? []).flatMap((item, index) => {
    if (item.kind === "map") return [[item, `${path}[${index}]`] as const];
    log.problem(item.at, `${path}[${index}]`, `must be a map, not ${showNode(item)}`);
    return [];
  });
}

/** Where a name stands, and what it should name. */
export interface NamePlace {
  readonly at: ConfigNode;
  readonly path: string;
  readonly what: string;
}

/** Reports a name that the configuration does not have. */
export function checkName(name: string | undefined, known: readonly string[], { at, path, what }: NamePlace, log: FindingLog): void {
  if (name === undefined || known.includes(name)) return;
  log.problem(at.at, path, `the configuration has no ${what} ${JSON.stringify(name)}${didYouMean(name, known)}`);
}
