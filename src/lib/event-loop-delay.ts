import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late this thread gets to its tasks. Beyond a few milliseconds every caller feels it. */
export interface EventLoopDelay {
  /** Delays in milliseconds since the last call, one for each quantile (0 to 1). */
  take(quantiles: readonly number[]): readonly number[];
  stop(): void;
}

/** Fine enough to see what hurts a stream. A hundred samples a second have no measurable cost. */
const resolutionMs = 10;

/** Starts measuring. */
export function watchEventLoopDelay(): EventLoopDelay {
  const monitor = monitorEventLoopDelay({ resolution: resolutionMs });
  monitor.enable();
  return {
    take(quantiles) {
      // The monitor measures the time between two samples: the delay is what exceeds the resolution.
      const delays = quantiles.map((quantile) => Math.max(monitor.percentile(Math.max(quantile * 100, 0.001)) / 1e6 - resolutionMs, 0));
      monitor.reset();
      return delays;
    },
    stop: () => void monitor.disable(),
  };
}
