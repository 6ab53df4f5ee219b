import { pino, type DestinationStream } from "pino";
import type { Secrets } from "../../config/secrets/secrets.ts";
import type { LogLevel } from "../../config/settings/telemetry-settings.ts";
import type { Clock } from "../../lib/clock.ts";
import { Scrubber } from "./scrubber.ts";

/** The fields of a line beside its time, level and message: snake case, units in names. Undefined ones are left out. */
type LogFields = Readonly<Record<string, unknown>> & { readonly kind: LogKind };

/** What a line is about. */
type LogKind =
  | "access"
  | "audit"
  | "config"
  | "cooldown"
  | "internal"
  | "pass_through"
  | "refused"
  | "reload"
  | "start"
  | "stop"
  | "telemetry";

const methods = ["debug", "info", "warn", "error"] as const;
type LogMethod = (typeof methods)[number];

/** The log of the program. */
export interface Log {
  readonly level: LogLevel;
  /** Tells whether lines of this level are written. */
  isOn(level: LogMethod): boolean;
  write(level: LogMethod, fields: LogFields, message: string): void;
  /**
   * Writes a line whose fields are JSON already, without braces. There is one for each call, so it must be cheap.
   * @param members Hold numbers, names of the configuration, and what went through {@link clean}; the first is `kind`.
   */
  writeMembers(level: LogMethod, members: string, message: string): void;
  /** Writes whole lines that the log of another thread has made. */
  writeLines(lines: readonly string[]): void;
  /** Takes the secrets out of a text. */
  clean(text: string): string;
  /** Hides the secrets of a configuration from now on. To be called before that configuration comes into force. */
  hide(secrets: Secrets): void;
}

/** What a log is made of. */
export interface LogOptions {
  readonly level: LogLevel;
  /** The first ones to hide; {@link Log.hide} adds others. */
  readonly secrets: Secrets;
  readonly clock: Pick<Clock, "wallTime">;
  /** Where whole lines go. */
  readonly output: DestinationStream;
}

/** Makes the log: a JSON object per line, without secrets. */
export function createLog({ level, secrets, clock, output }: LogOptions): Log {
  const scrubber = new Scrubber();
  scrubber.hide(secrets);
  const timestamp = timestampOf(clock);
  const logger = pino(
    {
      level,
      // Collectors of logs add process and host themselves.
      base: null,
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
    },
    output,
  );
  // The level stays the same as long as the log lives.
  const isOn = Object.fromEntries(methods.map((method) => [method, logger.isLevelEnabled(method)])) as Readonly<Record<LogMethod, boolean>>;
  return {
    level,
    writeLines(lines) {
      for (const line of lines) output.write(line);
    },
    isOn: (level) => isOn[level],
    write(level, fields, message) {
      if (isOn[level]) logger[level](scrubber.fields(fields), scrubber.text(message));
    },
    writeMembers(level, members, message) {
      if (!isOn[level]) return;
      // The line that pino would write, in a fraction of the time that it takes to do so field by field.
      output.write(`{"level":"${level}"${timestamp()},${members},"msg":${JSON.stringify(message)}}\n`);
    },
    clean: (text) => scrubber.text(text),
    hide: (more) => scrubber.hide(more),
  };
}

/** Writes `,"time":"2026-01-02T03:04:05.006Z"`: once for each millisecond, its seconds once for each second. */
function timestampOf(clock: LogOptions["clock"]): () => string {
  let last = Number.NaN;
  let text = "";
  let second = Number.NaN;
  let prefix = "";
  return () => {
    const ms = Math.floor(clock.wallTime());
    if (ms === last) return text;
    last = ms;
    const now = Math.floor(ms / 1_000);
    if (now !== second) {
      second = now;
      prefix = `,"time":"${new Date(ms).toISOString().slice(0, -"000Z".length)}`;
    }
    text = `${prefix}${String(ms - now * 1_000).padStart(3, "0")}Z"`;
    return text;
  };
}
