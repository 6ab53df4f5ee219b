import type { HedgeSettings } from "../../core/router-settings.ts";
import { didYouMean } from "../../lib/suggest.ts";
import type { CallableNames } from "./callable-names.ts";
import { isNull, showNode, type ConfigNode, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { toNumber } from "../tree/scalar.ts";

/** One hedge in twenty calls: about what is later than a p95, for a twentieth more cost. */
const defaultMaxRatio = 0.05;
const hedgeNames: readonly string[] = ["after", "max_ratio"];

/** Reads `{group: {after: p95 or seconds, max_ratio: 0.05}}`. */
export function readHedges(node: ConfigNode, path: string, names: CallableNames, log: FindingLog): ReadonlyMap<string, HedgeSettings> {
  const hedges = new Map<string, HedgeSettings>();
  if (node.kind !== "map") {
    log.problem(node.at, path, `must be a map such as {group: {after: p95}}, not ${showNode(node)}`);
    return hedges;
  }
  for (const { key, keyAt, value } of node.entries.values()) {
    const groupPath = `${path}.${key}`;
    if (!names.isGroup(key)) log.warning(keyAt, groupPath, `${names.reasonAgainst(key)}, so nothing is hedged by this`);
    if (value.kind !== "map") {
      log.problem(value.at, groupPath, `must be a map such as {after: p95, max_ratio: ${defaultMaxRatio}}, not ${showNode(value)}`);
      continue;
    }
    const hedge = readHedge(value, groupPath, log);
    if (hedge !== undefined) hedges.set(key, hedge);
  }
  return hedges;
}

function readHedge(node: MapNode, path: string, log: FindingLog): HedgeSettings | undefined {
  for (const { key, keyAt } of node.entries.values()) {
    if (!hedgeNames.includes(key))
      log.problem(keyAt, `${path}.${key}`, `is not known here${didYouMean(key, hedgeNames)}; there are ${hedgeNames.join(" and ")}`);
  }
  const after = readAfter(node.entries.get("after")?.value, `${path}.after`, log);
  const ratio = node.entries.get("max_ratio")?.value;
  const maxRatio = ratio === undefined || isNull(ratio) ? defaultMaxRatio : toNumber(ratio);
  if (maxRatio === undefined || maxRatio < 0 || maxRatio > 1) {
    log.problem((ratio ?? node).at, `${path}.max_ratio`, `must be a share from 0 to 1, not ${showNode(ratio ?? node)}`);
    return undefined;
  }
  return after === undefined ? undefined : { afterMs: after, maxRatio };
}

function readAfter(node: ConfigNode | undefined, path: string, log: FindingLog): number | "p95" | undefined {
  if (node === undefined || isNull(node) || (node.kind === "scalar" && node.text === "p95")) return "p95";
  const seconds = toNumber(node);
  if (seconds !== undefined && seconds >= 0) return seconds * 1_000;
  log.problem(node.at, path, `must be p95 or a number of seconds ≥ 0, not ${showNode(node)}`);
  return undefined;
}
