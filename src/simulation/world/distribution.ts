import { type Random, standardNormal } from "../../lib/random.ts";

/** How long something takes, or how fast it goes: always the same, or by chance (log-normal) around a mean. */
export type Distribution = number | { readonly mean: number; readonly p99: number };

/** How many standard deviations the 99th percentile of a normal distribution lies above its middle. */
const z99 = 2.326_347_874;

/** A log-normal distribution's 99th percentile is at most so many times its mean. */
export const highestSpread = Math.exp((z99 * z99) / 2);

/** Draws from a distribution. What has a wider spread than a log-normal distribution can have gets the widest. */
export function draw(distribution: Distribution, random: Random): number {
  if (typeof distribution === "number") return distribution;
  const { mean, p99 } = distribution;
  if (!(mean > 0) || !(p99 > mean)) return mean;
  const sigma = z99 - Math.sqrt(Math.max(z99 * z99 - 2 * Math.log(p99 / mean), 0));
  return mean * Math.exp(sigma * standardNormal(random) - (sigma * sigma) / 2);
}

/** The mean of a distribution. */
export function meanOf(distribution: Distribution): number {
  return typeof distribution === "number" ? distribution : distribution.mean;
}
