/** Preloaded with `--import` beside `--expose-gc`: SIGUSR2 has the garbage collected and what this process holds then written to REPORT_FILE. */
import { renameSync, writeFileSync } from "node:fs";

/** What a process holds. */
export interface ProcessReport {
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Of each kind that Node counts (`process.getActiveResourcesInfo`): timers, sockets, … */
  readonly resources: Readonly<Record<string, number>>;
}

const file = process.env["REPORT_FILE"];

process.on("SIGUSR2", () => {
  globalThis.gc?.();
  // What is only freed by finalisers of the first time is garbage for the second.
  setImmediate(() => {
    globalThis.gc?.();
    if (file !== undefined) report(file);
  });
});

function report(path: string): void {
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const { rss, heapUsed } = process.memoryUsage();
  const now: ProcessReport = { residentBytes: rss, heapBytes: heapUsed, resources };
  // Whoever waits for the file finds it whole.
  writeFileSync(`${path}.part`, JSON.stringify(now));
  renameSync(`${path}.part`, path);
}
