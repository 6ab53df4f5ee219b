import { showNode, type ConfigNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";

const pattern = /^([1-5])(?:(\d\d)|xx)$/i;

/** Reads `[429, 5xx]` into each single status. */
export function readStatuses(node: ConfigNode, path: string, log: FindingLog): ReadonlySet<number> {
  const items = node.kind === "list" ? node.items : [node];
  const statuses = new Set<number>();
  for (const [index, item] of items.entries()) {
    const match = item.kind === "scalar" ? pattern.exec(item.text) : null;
    if (match === null) {
      if (item.kind === "scalar" && item.origin === "unresolved") continue;
      const itemPath = node.kind === "list" ? `${path}[${index}]` : path;
      log.problem(item.at, itemPath, `must be a status from 100 to 599, or a class such as "5xx", not ${showNode(item)}`);
      continue;
    }
    const hundreds = Number(match[1]) * 100;
    if (match[2] !== undefined) statuses.add(hundreds + Number(match[2]));
    else for (let offset = 0; offset < 100; offset++) statuses.add(hundreds + offset);
  }
  return statuses;
}
