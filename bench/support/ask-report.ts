import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a busy process may take to look up. */
const patienceMs = 60_000;

/** What a process says of itself that has `report-on-signal.ts` or its like preloaded. @param file Its REPORT_FILE. */
export async function askReport(pid: number, file: string): Promise<unknown> {
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  const deadline = performance.now() + patienceMs;
  while (!existsSync(file)) {
    if (performance.now() > deadline) throw new Error(`process ${pid} did not report within ${patienceMs / 1_000} s`);
    await sleep(20);
  }
  return JSON.parse(readFileSync(file, "utf8"));
}
