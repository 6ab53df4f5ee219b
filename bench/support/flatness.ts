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
/** Timers and sockets may gather by so many: idle connections of a pool come and go, and pauses between retries. */
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
  const kinds = new Set(warm.flatMap(({ resources }) => Object.keys(resources)));
  for (const kind of kinds) {
    const more = trend(warm, ({ resources }) => resources[kind] ?? 0);
    if (more > countTolerance) grew.push(`${kind}: ${Math.round(more)} more at the end than after warm-up`);
  }
  return grew;
}

/** By how much resident memory grows over the samples, as a share of its median. */
export function growth(samples: readonly Sample[]): number {
  const value = ({ residentBytes }: Sample): number => residentBytes;
  return samples.length === 0 ? 0 : trend(samples, value) / median(samples.map(value));
}

/** By how much something grows over the samples: the median of the slopes between any two (Theil and Sen), which single peaks do not move, times the span. */
function trend(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const slopes = samples.flatMap((one, index) =>
    samples.slice(index + 1).map((other) => (value(other) - value(one)) / (other.requests - one.requests)),
  );
  if (slopes.length === 0) return 0;
  return median(slopes) * ((samples.at(-1)?.requests ?? 0) - (samples[0]?.requests ?? 0));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
