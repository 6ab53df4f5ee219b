/** What is logged, measured and traced of the server's work, and where it goes. */
export interface TelemetrySettings {
  /** Undefined stands for `info`. */
  readonly logLevel: LogLevel | undefined;
  /** Undefined stands for `auto`. */
  readonly logFormat: LogFormat | undefined;
  /** Whether requests' messages and replies' texts stand in the log. */
  readonly logContent: boolean;
  /** Whether the log has what `huntgroup calibrate` learns from. */
  readonly logCalibration: boolean;
  /** Whether it also has hashes of the beginnings of prompts, for which there is a master key then. */
  readonly logPrefixes: boolean;
  /** How many of the latest calls are remembered. 0: none. */
  readonly recentCalls: number;
  /** Whether `/metrics` asks for no key. */
  readonly metricsOpen: boolean;
  /** Undefined when nothing is sent by OpenTelemetry. */
  readonly otel: OtelSettings | undefined;
}

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** `auto` is `pretty` where the output is a terminal, and `json` elsewhere. */
export const logFormats = ["auto", "json", "pretty"] as const;
export type LogFormat = (typeof logFormats)[number];

/** Where traces and metrics go, by OTLP over HTTP with JSON. */
export interface OtelSettings {
  /** Undefined when no traces are sent. */
  readonly traces: OtlpTarget | undefined;
  /** Undefined when no metrics are sent. */
  readonly metrics: OtlpTarget | undefined;
  /** What describes this server, `service.name` among it. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: SamplerSettings;
}

export interface OtlpTarget {
  readonly url: string;
  /** Sent with each request. They often hold a key. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SamplerSettings {
  /** The share of traces that are recorded, from 0 to 1. */
  readonly ratio: number;
  /** Whether the decision in a caller's trace context, where there is one, counts instead. */
  readonly parentBased: boolean;
}
