import { packageVersion } from "../lib/package-root.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import { SpendKeeper } from "../control/state/spend-keeper.ts";
import type { RouterObserver } from "../core/observer.ts";
import type { Router } from "../core/router/router.ts";
import type { Clock } from "../lib/clock.ts";
import { watchEventLoopDelay, type EventLoopDelay } from "../lib/event-loop-delay.ts";
import type { Counter } from "../telemetry/metrics/counted-records.ts";
import { LastErrors } from "../telemetry/metrics/last-errors.ts";
import { RecentCallRing } from "../telemetry/history/recent-calls.ts";
import { UsageHistory } from "../telemetry/history/usage-history.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics/metrics.ts";
import { ShadowBook } from "../telemetry/metrics/shadow-book.ts";
import { StatsRecorder } from "../telemetry/metrics/stats-recorder.ts";

/** What counts calls, those of other threads too. */
export interface Counting {
  /** All of the following that count on all threads. */
  readonly counters: readonly Counter[];
  /** The same, and what remembers calls of this thread alone. */
  readonly observers: readonly RouterObserver[];
  readonly metrics: Metrics;
  readonly stats: StatsRecorder;
  readonly spending: SpendKeeper;
  readonly lastErrors: LastErrors;
  readonly usage: UsageHistory;
  readonly shadows: ShadowBook;
  readonly recent: RecentCallRing;
  readonly eventLoopDelay: EventLoopDelay;
}

interface CountingOptions {
  readonly config: LoadedConfig;
  readonly clock: Clock;
  /** All together. Undefined for one. */
  readonly threads: number | undefined;
  /** Asked at each look, which is after it was made. */
  readonly router: () => Router;
}

/** Makes what counts calls. */
export function composeCounting({ config, clock, threads, router }: CountingOptions): Counting {
  const eventLoopDelay = watchEventLoopDelay(clock, threads);
  const shadows = new ShadowBook(router);
  const version = packageVersion();
  const metrics = createMetrics({ router, shadows: () => shadows.counts(), clock, eventLoopDelay, version, processMetrics: true });
  const stats = new StatsRecorder(clock, router);
  const spending = new SpendKeeper(clock);
  const lastErrors = new LastErrors(clock);
  const usage = new UsageHistory(clock);
  const recent = new RecentCallRing(config.telemetry.recentCalls);
  const counters = [metrics.counts, stats, spending, lastErrors, usage];
  const observers = [...counters, recent];
  return { counters: [...counters, shadows], observers, metrics, stats, spending, lastErrors, usage, shadows, recent, eventLoopDelay };
}
