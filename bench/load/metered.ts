import { treeCpuMicros } from "../support/cpu-time.ts";
import type { Work } from "./jobs.ts";

/** Does the work, and takes the time and the CPU time that a process tree used for it. @param work Returns how much was done. */
export async function metered(pid: number | undefined, work: () => Promise<number>): Promise<Work> {
  const cpuBefore = pid === undefined ? Number.NaN : treeCpuMicros(pid);
  const begun = performance.now();
  const count = await work();
  const elapsedMs = performance.now() - begun;
  return { count, elapsedMs, cpuMicros: pid === undefined ? Number.NaN : treeCpuMicros(pid) - cpuBefore };
}
