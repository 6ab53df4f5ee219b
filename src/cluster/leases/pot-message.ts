import type { LimitKind } from "../../core/state/leased-limits.ts";

/**
 * What a node tells the store of one limit, and what it hears. All amounts are whole numbers (requests, tokens, calls, billionths of a US dollar) that
 * only grow while an incarnation lasts, so a message that comes twice, late or out of order changes nothing that is not so.
 */
export interface PotMessage {
  /** How the limit counts: over a rolling minute, over a period with an end, or what is under way. */
  readonly kind: LimitKind;
  readonly limit: number;
  /** The incarnation of the node's account: a higher one begins anew. */
  readonly incarnation: number;
  /** Whether the incarnation begins with this message. The store asks for one where it has no account of the node. */
  readonly begins: boolean;
  /** What it has booked, what of that was not used after all, and what it gave back, since the incarnation began. */
  readonly booked: number;
  readonly credited: number;
  readonly returned: number;
  /** How much it wants to hold: less is not refused, more not taken away. */
  readonly wanted: number;
  /** How much it must hold to begin with any of it: what one call needs. What is less is not granted. */
  readonly least: number;
  /** Whether it holds nothing beyond that, since others lack it. */
  readonly isLean: boolean;
  /** Whether the least may be more than is left, where nobody else holds anything: one call that costs more than a budget has. */
  readonly mayExceed: boolean;
  /** What the store keeps for it while it is silent, at least: what it would use by itself. */
  readonly share: number;
  /** Where it begins: what it holds on to, what it has booked in the window by age in whole seconds; in the period, and what all have. */
  readonly held: number;
  readonly told: readonly (readonly [ageSeconds: number, amount: number])[];
  readonly total: number;
  readonly heard: number;
  /** How many nodes it knew of. */
  readonly nodes: number;
  /** Milliseconds until the present period ends, as far as the node knows, and the length of each; 0 for none. */
  readonly periodLeftMs: number;
  readonly periodMs: number;
  /** Whether it leaves: it uses nothing from now on. */
  readonly leaves: boolean;
}

/** In the order of their numbers in the store. */
export const potKinds: readonly LimitKind[] = ["minute", "period", "slots"];

/** What a node hears of one limit. */
export interface PotReply {
  /** `tell`: the store has no account of the node, which begins anew. `stale`: the message is of an earlier incarnation. */
  readonly status: "ok" | "tell" | "stale";
  /** All that was granted in this incarnation. */
  readonly granted: number;
  /** How much the node may hold beyond what it needs now; what is more goes back. */
  readonly idle: number;
  /** How many nodes have an account. */
  readonly nodes: number;
  /** What all nodes have booked: within the window, or in the period. */
  readonly booked: number;
  /** Milliseconds until what was wanted is likely to be there, or the period ends; 0 where nothing tells. */
  readonly untilMs: number;
  /** Whether others hold what this node wanted: they are to look again. */
  readonly contested: boolean;
}

export const potStatuses = ["ok", "tell", "stale"] as const;

/** Who sends messages, and what it knows of the store. */
export interface SenderState {
  /** Its name, and when it began: a later one of the same name takes the place of an earlier one. */
  readonly name: string;
  readonly startedAt: number;
  /** The run of the store that it last heard of; empty before the first. */
  readonly knownRun: string;
  /** The store's time in the last reply of that run that it has; 0 before the first. */
  readonly acknowledged: number;
  /** Milliseconds after which the store takes a node that is silent for gone. */
  readonly nodeTtlMs: number;
}
