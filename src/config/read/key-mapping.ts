import { didYouMean } from "../../lib/suggest.ts";
import { isNull, showNode, type ConfigNode, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";

/** Which key each value stands for. */
interface KeyMapping {
  readonly keys: ReadonlyMap<string, string>;
  readonly defaultKey: string | undefined;
}

/** Reads a map from values to names of keys. @param path Where it stands, for messages. */
export function readKeyMapping(map: MapNode | undefined, path: string, log: FindingLog): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const { key, value } of map?.entries.values() ?? []) {
    if (isNull(value)) continue;
    if (value.kind === "scalar") keys.set(key, value.text);
    else log.problem(value.at, `${path}.${key}`, `must be the name of a key, not ${showNode(value)}`);
  }
  return keys;
}

/**
 * Warns of keys that tokens or certificates stand for and that are not configured. They may be made later, but they may be misspelt.
 * @param section What the mapping was read from, with the name of each thing that stands for a key: `tokens`.
 */
export function warnOfUnknownKeys(
  mapping: KeyMapping,
  section: { readonly node: MapNode; readonly path: string; readonly what: string },
  known: ReadonlySet<string>,
  log: FindingLog,
): void {
  const { node: map, path, what } = section;
  const written = map.entries.get("keys")?.value;
  const named: (readonly [string, ConfigNode | undefined, string])[] = [...mapping.keys].map(([value, name]) => [
    name,
    written?.kind === "map" ? written.entries.get(value)?.value : undefined,
    `${path}.keys.${value}`,
  ]);
  if (mapping.defaultKey !== undefined) named.push([mapping.defaultKey, map.entries.get("default_key")?.value, `${path}.default_key`]);
  for (const [name, node, entryPath] of named) {
    if (known.has(name)) continue;
    const message = `there is no key ${JSON.stringify(name)} in keys${didYouMean(name, [...known])}; until there is one, its ${what} are refused`;
    log.warning(node?.at ?? map.at, entryPath, message);
  }
}
