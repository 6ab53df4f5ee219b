import { packageVersion } from "../cli/kit/package-root.ts";
import { SpendKeeper } from "../control/state/spend-keeper.ts";
import type { Router } from "../core/router/router.ts";
import type { Clock } from "../lib/clock.ts";
import { watchEventLoopDelay, type EventLoopDelay } from "../lib/event-loop-delay.ts";
import type { Counter } from "../telemetry/metrics/counted-records.ts";
import { LastErrors } from "../telemetry/metrics/last-errors.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics/metrics.ts";
import { StatsRecorder } from "../telemetry/metrics/stats-recorder.ts";

/** What counts calls, those of other threads too. */
interface Counting {
  /** All of the following that count. */
  readonly counters: readonly Counter[];
  readonly metrics: Metrics;
  readonly stats: StatsRecorder;
  readonly spending: SpendKeeper;
  readonly lastErrors: LastErrors;
  readonly eventLoopDelay: EventLoopDelay;
}

/**
 * Makes what counts calls.
 * @param threads All together. Undefined for one.
 * @param router Asked at each look, which is after it was made.
 */
export function composeCounting(clock: Clock, threads: number | undefined, router: () => Router): Counting {
  const eventLoopDelay = watchEventLoopDelay(clock, threads);
  const metrics = createMetrics({ router, clock, eventLoopDelay, version: packageVersion(), processMetrics: true });
  const stats = new StatsRecorder(clock, router);
  const spending = new SpendKeeper(clock);
  const lastErrors = new LastErrors(clock);
  return { counters: [metrics.counts, stats, spending, lastErrors], metrics, stats, spending, lastErrors, eventLoopDelay };
}
