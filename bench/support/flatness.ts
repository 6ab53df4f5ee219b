import type { ProcessReport } from "./report-on-signal.ts";
import { median } from "./statistics.ts";

/** What a process held after so many requests, at rest. */
export interface Sample extends ProcessReport {
  readonly requests: number;
}

/** Of the requests: code is compiled, pools and caches fill, averages and windows find their size. */
const warmUpShare = 0.3;
/** With fewer requests, warming up is most of it, and memory says nothing. */
const fewestForMemory = 100_000;
/** Of the median: pages that the allocator keeps, and what the garbage collector lets lie. */
const growthTolerance = 0.05;
/** Timers and sockets may differ by so many at rest: a pool's idle connection, a pause between retries. */
const countTolerance = 10;

/** What has grown, in words; nothing when all is flat. */
export function whatGrew(samples: readonly Sample[]): readonly string[] {
  const requests = samples.at(-1)?.requests ?? 0;
  const warm = samples.filter((sample) => sample.requests >= requests * warmUpShare);
  const grew: string[] = [];
  if (requests >= fewestForMemory) {
    const grown = growth(warm);
    if (grown > growthTolerance)
      grew.push(`resident memory grew by ${percent(grown)} after warm-up, more than ${percent(growthTolerance)}`);
  }
  const [first] = warm;
  const last = warm.at(-1);
  for (const [kind, count] of Object.entries(last?.resources ?? {})) {
    const before = first?.resources[kind] ?? 0;
    if (count > before + countTolerance) grew.push(`${kind}: ${count} at the end, ${before} after warm-up`);
  }
  return grew;
}

/**
 * By how much resident memory grows over the samples, as a share of its median: the median of the slopes between any two (Theil and Sen), which
 * single peaks do not move, times the span.
 */
export function growth(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((one, index) =>
    samples.slice(index + 1).map((other) => (other.residentBytes - one.residentBytes) / (other.requests - one.requests)),
  );
  if (slopes.length === 0) return 0;
  const span = (samples.at(-1)?.requests ?? 0) - (samples[0]?.requests ?? 0);
  return (median(slopes) * span) / median(samples.map(({ residentBytes }) => residentBytes));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
