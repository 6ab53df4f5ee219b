import type { FindingLog } from "../tree/finding-log.ts";
import { type ConfigNode, isNull, showNode } from "../tree/config-node.ts";
import { toNumber } from "../tree/scalar.ts";

/** Reads `{main: 0, auxiliary: 10}` into each name and its number. */
export function readPriorities(node: ConfigNode, path: string, log: FindingLog): ReadonlyMap<string, number> {
  const priorities = new Map<string, number>();
  if (isNull(node)) return priorities;
  if (node.kind !== "map") {
    log.problem(node.at, path, `must be a map such as {main: 0, auxiliary: 10}, not ${showNode(node)}`);
    return priorities;
  }
  for (const { key, value } of node.entries.values()) {
    if (isNull(value)) continue;
    const number = toNumber(value);
    if (number !== undefined && Number.isSafeInteger(number)) priorities.set(key.toLowerCase(), number);
    else log.problem(value.at, `${path}.${key}`, `must be a whole number, not ${showNode(value)}`);
  }
  return priorities;
}
