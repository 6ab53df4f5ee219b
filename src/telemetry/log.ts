import { pino, type DestinationStream } from "pino";
import type { Secrets } from "../config/secrets.ts";
import type { LogLevel } from "../config/telemetry-settings.ts";
import type { Clock } from "../lib/clock.ts";
import { Scrubber } from "./scrubber.ts";

/** One line of the log beside its time, level and message. Snake case, units in names; undefined ones are left out. */
export type LogFields = Readonly<Record<string, unknown>> & { readonly kind: LogKind };

/** What a line tells of. */
export type LogKind = "access" | "audit" | "config" | "cooldown" | "internal" | "refused" | "reload" | "start" | "stop" | "telemetry";

export type LogMethod = "debug" | "info" | "warn" | "error";

export interface Log {
  write(level: LogMethod, fields: LogFields, message: string): void;
  /** The secrets of a configuration that comes into force: no line will tell them. */
  hide(secrets: Pick<Secrets, "scrub">): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly secrets: Pick<Secrets, "scrub"> | undefined;
  readonly clock: Pick<Clock, "wallTime">;
  /** Takes whole lines. */
  readonly output: DestinationStream;
}

/** The log: a JSON object per line, without secrets. */
export function createLog({ level, secrets, clock, output }: LogOptions): Log {
  const scrubber = new Scrubber(secrets);
  const logger = pino(
    {
      level,
      // Who collects logs knows process and host.
      base: null,
      timestamp: () => `,"time":"${new Date(clock.wallTime()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    output,
  );
  return {
    write(level, fields, message) {
      if (logger.isLevelEnabled(level)) logger[level](scrubber.fields(fields), scrubber.text(message));
    },
    hide: (more) => scrubber.add(more),
  };
}
