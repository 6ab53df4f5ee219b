/** Bounds of the histograms' buckets, in seconds. Few: each is a series for each deployment. */

/** Answers: from a small embedding to a long stream at the usual `timeout`, 600 s. */
export const durationBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600];

/** First content: people feel the difference from a tenth of a second on. */
export const firstTokenBuckets = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 20, 30, 60];

/** One output token: 500 a second on the fastest hardware, 5 a second on a laptop. */
export const perTokenBuckets = [0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.2, 0.5, 1];

/** The router's own work: tenths of a millisecond, unless something is wrong. */
export const overheadBuckets = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 1];

/** Waiting for capacity: up to two minutes. */
export const queueWaitBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
