/** Exponentially weighted averages over a stream of samples, as pure steps: the caller keeps the numbers. */

/** The weight of a new sample once warm: the last ten samples make up nine tenths of the mean. */
const sampleWeight = 0.2;

/**
 * The mean after one more sample. The first samples are averaged evenly, so that the very first one does not linger.
 * @param samplesBefore How many samples `mean` is made of; with 0, `mean` is ignored.
 */
export function ewma(mean: number, samplesBefore: number, sample: number): number {
  if (samplesBefore <= 0) return sample;
  return mean + (sample - mean) * Math.max(sampleWeight, 1 / (samplesBefore + 1));
}

/**
 * One step of a running estimate of a quantile, which keeps no samples: far up when a sample is above it, a little down when below, such that
 * the two balance where `share` of the samples are below.
 * @param share 0 … 1, such as 0.95.
 */
export function quantileStep(estimate: number, samplesBefore: number, sample: number, share: number): number {
  if (samplesBefore <= 0) return sample;
  const step = Math.max(estimate, 1) * 0.1;
  return sample > estimate ? estimate + step * share : Math.max(estimate - step * (1 - share), 0);
}

/**
 * A peak-sensitive average after one more sample: a higher sample replaces the value at once, lower ones pull it down over time.
 * The idea is that of Finagle's and Linkerd's peak-EWMA balancers.
 * @param elapsedMs Since the previous sample.
 * @param decayMs The time in which an old peak loses 63 % of its weight.
 */
export function peakMean(peak: number, samplesBefore: number, sample: number, elapsedMs: number, decayMs: number): number {
  if (samplesBefore <= 0 || sample >= peak) return sample;
  const kept = Math.exp(-Math.max(elapsedMs, 0) / decayMs);
  return sample + (peak - sample) * kept;
}
