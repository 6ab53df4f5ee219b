/**
 * The CPU time that this process has used since then, in microseconds: it holds also where others want the core. All threads count, so the
 * collection of garbage does too. (A thread's own time is only brought up to date every few milliseconds.)
 */
export function cpuMicrosSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return user + system;
}
