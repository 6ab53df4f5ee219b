/** What is told of the server's work, and to whom. */
export interface TelemetrySettings {
  /** Undefined: `info`. */
  readonly logLevel: LogLevel | undefined;
  /** Undefined: `auto`. */
  readonly logFormat: LogFormat | undefined;
  /** Whether requests' messages and replies' texts stand in the log. */
  readonly logContent: boolean;
  /** Whether `/metrics` is there without a key. */
  readonly metricsOpen: boolean;
  /** Undefined: nothing is sent by OpenTelemetry. */
  readonly otel: OtelSettings | undefined;
}

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** `auto`: for people where the output is a terminal, JSON elsewhere. */
export const logFormats = ["auto", "json", "pretty"] as const;
export type LogFormat = (typeof logFormats)[number];

/** Where traces and metrics go, by OTLP over HTTP with JSON. */
export interface OtelSettings {
  /** Undefined: no traces. */
  readonly traces: OtlpTarget | undefined;
  /** Undefined: no metrics. */
  readonly metrics: OtlpTarget | undefined;
  /** With `service.name`. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: SamplerSettings;
}

export interface OtlpTarget {
  readonly url: string;
  /** Often hold a key. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SamplerSettings {
  /** The share of traces that are recorded. */
  readonly ratio: number;
  /** Whether a caller's own decision, where its trace context brings one, goes before. */
  readonly parentBased: boolean;
}
