import type { RouterObserver } from "../../core/observer.ts";

/** OpenTelemetry, started. Its modules are loaded only where it is configured. */
export interface Tracing {
  readonly observers: readonly RouterObserver[];
  /** Sends what is left, for a few seconds at most. Never rejects. */
  stop(): Promise<void>;
}
