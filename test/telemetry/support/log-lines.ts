import type { LogLevel } from "../../../src/config/settings/telemetry-settings.ts";
import { Secrets } from "../../../src/config/secrets/secrets.ts";
import { createLog, type Log } from "../../../src/telemetry/log/log.ts";

export interface LogLines {
  readonly log: Log;
  /** As they were written. */
  readonly text: () => string;
  /** Parsed, without those before the last time they were taken. */
  readonly take: () => readonly Readonly<Record<string, unknown>>[];
}

/** A log that is kept for a test to read. Its time stands still. */
export function logLines(level: LogLevel = "debug", secrets: readonly string[] = []): LogLines {
  const known = new Secrets();
  for (const secret of secrets) known.remember(secret);
  let text = "";
  let taken = 0;
  const log = createLog({
    level,
    secrets: known,
    clock: { wallTime: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) },
    output: { write: (line) => void (text += line) },
  });
  return {
    log,
    text: () => text,
    take() {
      const lines = text
        .slice(taken)
        .split("\n")
        .filter((line) => line !== "");
      taken = text.length;
      return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    },
  };
}
