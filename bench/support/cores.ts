import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Where each part runs, as `taskset` writes it; undefined: wherever the system puts it. */
export interface Cores {
  readonly load: string | undefined;
  readonly upstream: string | undefined;
  /** The target has a core of its own. */
  readonly target: string | undefined;
}

export function assignCores(): Cores {
  const [first, second, ...rest] = spawnSync("taskset", ["--version"]).status === 0 ? allowedCores() : [];
  if (first === undefined || second === undefined) return { load: undefined, upstream: undefined, target: undefined };
  const [third] = rest;
  return third === undefined ? { load: first, upstream: first, target: second } : { load: first, upstream: second, target: third };
}

function allowedCores(): readonly string[] {
  const [, list = ""] = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return list.split(",").flatMap((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  });
}
