import type { Counter } from "../telemetry/metrics/counted-records.ts";
import type { CountRecord } from "./messages.ts";

/** Has counters of this thread count what happened on another one. */
export function replayCounts(records: readonly CountRecord[], counters: readonly Counter[]): void {
  for (const record of records) for (const counter of counters) replay(record, counter);
}

function replay(record: CountRecord, counter: Counter): void {
  switch (record.kind) {
    case "started":
      counter.callStarted?.();
      return;
    case "attempt":
      counter.attemptEnded?.(record.attempt);
      return;
    case "call":
      counter.callEnded?.(record.call);
      return;
    case "cooldown_started":
      counter.cooldownStarted?.(record.deployment, { code: record.code });
      return;
    case "refused":
      counter.refused?.(record.refusal);
      return;
    case "shadowed":
      counter.shadowed?.(record.counts);
      return;
    default:
      record satisfies never;
  }
}
