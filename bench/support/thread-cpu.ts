/** The CPU time that this thread has used since then, in microseconds: it holds also where others want the core. */
export function cpuMicrosSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(begun);
  return user + system;
}
