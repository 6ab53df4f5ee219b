/**
 * Preloaded with `--import`: the longest turn of the event loop since the last SIGUSR2 goes to REPORT_FILE. In CPU time of its thread, since by the
 * clock a turn is as long as whatever else this machine runs meanwhile.
 */
import { renameSync, writeFileSync } from "node:fs";
import { openThreadCpuClock } from "./thread-cpu-clock.ts";

export interface TurnReport {
  readonly longestTurnMs: number;
}

const file = process.env["REPORT_FILE"] ?? "";
const threadMicros = openThreadCpuClock();
let longestMicros = 0;
let before = threadMicros();

function turn(): void {
  const now = threadMicros();
  longestMicros = Math.max(longestMicros, now - before);
  before = now;
  setImmediate(turn).unref();
}
setImmediate(turn).unref();

process.on("SIGUSR2", () => {
  const report: TurnReport = { longestTurnMs: longestMicros / 1_000 };
  writeFileSync(`${file}.part`, JSON.stringify(report));
  renameSync(`${file}.part`, file);
  longestMicros = 0;
  before = threadMicros();
});
