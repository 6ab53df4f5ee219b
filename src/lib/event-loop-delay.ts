import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late this thread comes to what it has to do: beyond a few milliseconds every caller feels it. */
export interface EventLoopDelay {
  /** By quantile (0 to 1), in milliseconds, since the last time it was asked. */
  take(quantiles: readonly number[]): readonly number[];
  stop(): void;
}

/** Fine enough to see what hurts a stream; a hundred looks a second cost nothing that could be measured. */
const resolutionMs = 10;

export function watchEventLoopDelay(): EventLoopDelay {
  const monitor = monitorEventLoopDelay({ resolution: resolutionMs });
  monitor.enable();
  return {
    take(quantiles) {
      // What is measured is the time between two looks: the delay is what it is longer than that.
      const delays = quantiles.map((quantile) => Math.max(monitor.percentile(Math.max(quantile * 100, 0.001)) / 1e6 - resolutionMs, 0));
      monitor.reset();
      return delays;
    },
    stop: () => void monitor.disable(),
  };
}
