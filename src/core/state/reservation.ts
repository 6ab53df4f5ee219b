/** The rows that an attempt counts in. */
export interface AttemptRows {
  readonly row: number;
  /** Of what the provider said is left. */
  readonly quotaRow: number;
}

/** The tokens that an attempt is expected to use. */
export interface ExpectedTokens {
  readonly prompt: number;
  readonly output: number;
}

/** What was set aside for one attempt; handed back to `Ledger.end`. */
export interface Reservation {
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** How many answers were asked for at once. */
  readonly answers: number;
  /** The window's second in which it was made. */
  readonly second: number;
  /** The end of the day in which it was made, where a limit of a day is known. Omit it for none. */
  readonly dayUntil?: number;
  /** What was counted of its use while it went on. Undefined where all is counted at its end. */
  counted?: { promptTokens: number; outputTokens: number };
  /** Whether the attempt is the probe that shows whether a deployment that cools down is well again. */
  readonly probe: boolean;
  /** The row that tells whether the deployment is well. Omit it for the one that was reserved. */
  readonly healthRow?: number | undefined;
}

/** Notes what was counted of an attempt's use while it goes on. */
export function noteCounted(reservation: Reservation, promptTokens: number, outputTokens: number): void {
  const counted = (reservation.counted ??= { promptTokens: 0, outputTokens: 0 });
  counted.promptTokens += promptTokens;
  counted.outputTokens += outputTokens;
}

/** An attempt that was reserved and has begun. */
export interface BegunAttempt {
  readonly reservation: Reservation;
  /** When the request was made, on the router's clock. */
  readonly startedAt: number;
}
