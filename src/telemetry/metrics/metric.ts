import type { DeploymentStatus } from "../../core/deployment-status.ts";
import type { ShadowCounts } from "../../core/shadow/shadow-counts.ts";
import type { CallCounts } from "./call-counts.ts";
import type { HistogramCounts } from "./histogram-counts.ts";

/** One series of a metric: the values of its labels, in the order of {@link Metric.labels}, and its value. */
export type MetricSample = readonly [labels: readonly string[], value: number | HistogramCounts];

/**
 * A metric of the router's own, whole: how it is exposed and where its values come from. Times are in seconds, as Prometheus has them.
 * The values of all labels come from the configuration or from a closed list, whatever callers send:
 * - `group`, `deployment`: as configured; empty where a call's name led to no group, or no deployment was tried.
 * - `key`: the name of the caller's key; empty for the master key, and where no key is asked for.
 * - `door`: the inbound protocol: `rest`, `grpc`, `grpc_web`, `connect`.
 * - `outcome`: `success`, `client_error`, `rate_limited`, `timeout`, `server_error`, `cancelled` (see outcome-class.ts).
 * - `code`: one of the core's error codes.
 *
 * @example
 * { name: "huntgroup_queue_depth", type: "gauge", help: "Calls that wait for capacity now.", labels: [], collect: ({ queued }) => [[[], queued]] }
 */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  /** One line, as on the page. */
  readonly help: string;
  readonly labels: readonly string[];
  /** Reads the present series. Called once for each scrape. A histogram's samples hold {@link HistogramCounts}, all others numbers. */
  collect(source: MetricSource): Iterable<MetricSample>;
}

/** What metrics are read from, as it is at one scrape. */
export interface MetricSource {
  readonly counts: CallCounts;
  /** Of every deployment that is configured. */
  readonly statuses: readonly DeploymentStatus[];
  /** Calls that wait for capacity. */
  readonly queued: number;
  /** Bytes of requests and replies that are held. */
  readonly bufferedBytes: number;
  readonly reloads: Reloads;
  /** Of each group and shadow strategy. */
  readonly shadows: readonly ShadowCounts[];
  /** How late the event loop ran since the last scrape, for each of `delayQuantiles`; of several threads the worst. */
  readonly eventLoopDelaysMs: readonly number[];
  /** The program's. */
  readonly version: string;
}

interface Reloads {
  readonly ok: number;
  readonly failed: number;
  /** Whether the last load or reload went well. */
  readonly lastOk: boolean;
  /** When the configuration in force was loaded, in milliseconds since the Unix epoch. */
  readonly okAt: number;
}
