/**
 * From a foreign client's hanging up until it sees its upstream freed: less than what the upstream would take, and far more than the
 * busiest machine needs. That the service waits for nothing in it is shown elsewhere, on a clock that stands still.
 */
export const longestUntilFreeMs = 30_000;
