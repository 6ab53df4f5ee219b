import { DailyTime } from "../../lib/daily-time.ts";
import { type ConfigNode, showNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";

const written = /^([01]?\d|2[0-3]):([0-5]\d)(?::00)?(?:\s*(Z|UTC|[+-]\d\d:?\d\d)|\s+([A-Za-z][\w+-]*(?:\/[\w+-]+)*))?$/;

/** Reads a time of day: `00:00`, `07:30+02:00`, `00:00 America/Los_Angeles`. Without a zone it is UTC's. @param node Undefined for midnight. */
export function readDailyTime(node: ConfigNode | undefined, path: string, log: FindingLog): DailyTime {
  if (node === undefined) return new DailyTime(0);
  const time = node.kind === "scalar" ? parse(node.text.trim()) : undefined;
  if (time !== undefined) return time;
  const allowed = 'must be a time of day, such as "00:00", "07:30+02:00" or "00:00 America/Los_Angeles"';
  log.problem(node.at, path, `${allowed}, not ${showNode(node)}`);
  return new DailyTime(0);
}

function parse(text: string): DailyTime | undefined {
  const match = written.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, offset, zone] = match;
  const name = offset === "Z" ? "UTC" : (offset ?? zone ?? "UTC");
  try {
    return new DailyTime(Number(hours) * 60 + Number(minutes), name);
  } catch {
    return undefined;
  }
}
