import { showNode, type ConfigNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { toBoolean, toNumber, warnOfUnderscores } from "../tree/scalar.ts";
import { allowedValues, type ActedOnSetting } from "./setting-spec.ts";

/** A value as it is written, with what the row of its setting allows. Readers return undefined after they have reported a problem. */
export interface WrittenValue {
  readonly node: ConfigNode;
  /** Where it stands, for messages: `router_settings.timeout`. */
  readonly path: string;
  readonly spec: ActedOnSetting;
  readonly log: FindingLog;
}

/** @returns A text as it is written, because a name may look like a number: `3.10`, `0123`. */
export function readText(value: WrittenValue): string | undefined {
  const { node } = value;
  if (node.kind !== "scalar") return refuseValue(value);
  return typeof node.value === "string" ? node.value : node.text;
}

/** @returns A number within the row's bounds, whole where the row's kind is `integer`. */
export function readNumber(value: WrittenValue): number | undefined {
  const { node, path, spec, log } = value;
  const number = toNumber(node);
  const fits =
    number !== undefined &&
    Number.isFinite(number) &&
    (!spec.kind.startsWith("integer") || Number.isSafeInteger(number)) &&
    (spec.min === undefined || number >= spec.min) &&
    (spec.above === undefined || number > spec.above) &&
    (spec.max === undefined || number <= spec.max);
  if (!fits) return refuseValue(value);
  if (node.kind === "scalar" && node.text.includes("_")) warnOfUnderscores(node, path, log);
  return number;
}

/** @returns Seconds as whole milliseconds. */
export function readMilliseconds(value: WrittenValue): number | undefined {
  const seconds = readNumber(value);
  return seconds === undefined ? undefined : toMilliseconds(seconds);
}

export function readBoolean(value: WrittenValue): boolean | undefined {
  return toBoolean(value.node) ?? refuseValue(value);
}

/** @returns Names, of which one alone counts as a list of one. */
export function readNameList(value: WrittenValue): readonly string[] | undefined {
  const { node } = value;
  if (node.kind === "scalar") return [node.text];
  if (node.kind === "map") return refuseValue(value);
  const names: string[] = [];
  for (const item of node.items) {
    if (item.kind === "scalar" && item.value !== null) names.push(typeof item.value === "string" ? item.value : item.text);
    else if (item.kind !== "scalar" || item.origin !== "unresolved") return refuseValue({ ...value, node: item });
  }
  return names;
}

export function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1_000);
}

/** Reports that a value is none that its row allows. */
export function refuseValue({ node, path, spec, log }: WrittenValue): undefined {
  log.problem(node.at, path, `must be ${allowedValues(spec)}, not ${showNode(node)}`);
  return undefined;
}
