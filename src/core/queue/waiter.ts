/** A call that waits for capacity. */
export interface Waiter {
  /** The group that it waits for. */
  readonly group: string;
  /** With whom it shares its turns. */
  readonly tenant: string;
  readonly priority: number;
  /** When it must have had its turn, on the router's clock. */
  readonly until: number;
  /** On the router's clock. */
  readonly arrivedAt: number;
  /** What it is expected to use. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  /**
   * What decides besides its tokens where it may go. Where one call finds no place, no larger one of the same kind does. Undefined for a call that
   * can be compared with none.
   */
  readonly kind: string | undefined;
  /** Tries to go ahead. @returns true when it did; otherwise when (on the clock) capacity is expected at the earliest, where known. */
  tryNow(): true | number | undefined;
  /** Called once when its time has run out, or its place is another's. */
  giveUp(): void;
}

/** With each such span of waiting a call counts as one step of priority better, so that no call waits for ever behind important ones. */
export const ageingMs = 10_000;

/** Steps of priority that so long a wait is worth. */
export function stepsOf(waitedMs: number): number {
  return Math.floor(waitedMs / ageingMs);
}
