import { readFileSync } from "node:fs";

/** Clock ticks per second of `/proc`, the same on all Linux systems that Node supports. */
const ticksPerSecond = 100;

/** The CPU time a process has used so far, all its threads together, in microseconds. From Linux's own accounting. */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold spaces; the fields are counted from behind it. utime and stime are the 14th and 15th of the line.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond;
}
