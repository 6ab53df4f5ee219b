/** How a limit counts: over a rolling minute, over a period with an end, or what is under way. */
export type LimitKind = "minute" | "period" | "slots";

/** One leased limit as it stands. Amounts are whole numbers. */
export interface LeasedPot {
  readonly limit: number;
  /** All that was booked, and what of it was not used after all. Both only grow. */
  readonly booked: number;
  readonly credited: number;
  /** Up to where may be booked. */
  readonly allowed: number;
  /** What the call that lacked most needs the node to hold; 0 where none does. */
  readonly lacked: number;
}

/** The store's word on a limit. Moments are on the router's clock. */
export interface ToldPot {
  /** What all nodes have booked. */
  readonly booked: number;
  /** What this one had booked by then. */
  readonly bookedThen: number;
  /** What was lacked when the store was asked. */
  readonly lackedThen: number;
  /** Until when there is no more. */
  readonly dryUntil: number;
  /** When there is likely to be more; 0 where that is not known. */
  readonly freeAt: number;
}

/**
 * Limits that this node shares with others, by row and pot: what whoever keeps the leases reads and sets. A row is a deployment's or a key's, a pot one
 * of its limits. Between {@link lock} and {@link unlock} no thread books anything.
 */
export interface LeasedLimits {
  /** What the rows are of: a part of the limits' names, which are the same on all nodes. */
  readonly name: "deployment" | "key" | "budget";
  /** The names of pots, in their order. */
  readonly pots: readonly string[];
  lock(): void;
  unlock(): void;
  /** The ids of all rows, in their order. */
  ids(): readonly string[];
  /** How many rows there are. */
  readonly count: number;
  /** The rows in which something has happened since the last time. */
  takeTouched(): readonly number[];
  look(row: number, pot: number): LeasedPot | undefined;
  allow(row: number, pot: number, upTo: number): void;
  answer(row: number, pot: number, told: ToldPot): void;
  kind(pot: number): LimitKind;
  /** What of what the node holds is taken without being booked. */
  inUse(row: number, pot: number): number;
  /** Whether calls are under way that have reserved a part. */
  isReserved(row: number): boolean;
  /** What this node has booked in its window, by age in whole seconds; of a period all in one. */
  window(row: number, pot: number, now: number): readonly (readonly [ageSeconds: number, amount: number])[];
  /** Milliseconds to the end of the present period, and its length; 0 where there is none. */
  period(row: number, pot: number, now: number): { readonly leftMs: number; readonly lengthMs: number };
}
