import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second of `/proc`, the same on all Linux systems that Node supports. So one tick is 10 ms: measure for long enough. */
const ticksPerSecond = 100;

interface ProcessTimes {
  readonly parent: number;
  /** User and system time of all its threads, and of the children that it has already waited for. */
  readonly ticks: number;
}

/**
 * The CPU time that a process and all its descendants have used so far, in microseconds: Linux's own accounting, which holds however busy
 * the machine is. Children that have ended count too, as soon as their parent knows.
 */
export function treeCpuMicros(root: number): number {
  const processes = new Map<number, ProcessTimes>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const times = readTimes(Number(name));
    if (times !== undefined) processes.set(Number(name), times);
  }
  const isOfTree = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = processes.get(at)?.parent) if (at === root) return true;
    return false;
  };
  let ticks = 0;
  for (const [pid, times] of processes) if (isOfTree(pid)) ticks += times.ticks;
  return (ticks * 1_000_000) / ticksPerSecond;
}

/** undefined: it has ended meanwhile. */
function readTimes(pid: number): ProcessTimes | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name in brackets may hold spaces, so the fields are counted from behind it: the parent is the line's 4th, the four times the 14th to 17th.
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [utime = 0, stime = 0, childrenUtime = 0, childrenStime = 0] = fields.slice(11, 15);
  return { parent: fields[1] ?? 0, ticks: utime + stime + childrenUtime + childrenStime };
}
