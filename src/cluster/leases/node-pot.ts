import type { LeasedLimits, LeasedPot } from "../../core/state/leased-limits.ts";
import type { PotMessage, PotReply } from "./pot-message.ts";

/** A node holds what it needs for so long at its present pace. */
const blockMs = 300;
/** A node that needs less than this part of a unit in that time holds none for it. */
const leastBlock = 0.1;
/** The weight of the latest pace. */
const paceWeight = 0.3;
/** What is kept from round to round of the most that was in use. */
const peakKept = 0.9;
const hungryMs = 50;
const mostHungry = 64;
/** So many times the store is asked again at once for what others are to give back. */
const mostContested = 10;
/** A node that was told that others lack something keeps to its part for so long. */
const contestedMs = 1_000;
/** After so long a dry limit is asked for again at the latest. */
const longestDryMs = 100;
/** In so much time all nodes either know of each other, or are on their own. */
const settlingMs = 5_000;
/** A window, and the second that it is late by. */
const windowMs = 61_000;

/** What a node knows of one limit that it shares: how much it holds, and by the store's word. */
export class NodePot {
  readonly id: string;
  readonly limits: LeasedLimits;
  readonly row: number;
  readonly pot: number;
  /** When the store was asked last, and when a call used it. */
  askedAt = Number.NEGATIVE_INFINITY;
  usedAt: number;
  /** Whether the store is to be asked at the next occasion. */
  isDue = true;
  /** Whether the node holds much less than its part. */
  isShort = true;
  /** How many nodes share it, as the store said last. */
  nodes = 1;
  #incarnation: number;
  #begins = true;
  /** What was booked and credited when the incarnation began. */
  #base = 0;
  #baseCredited = 0;
  #granted = 0;
  #returned = 0;
  #lastBooked = 0;
  #pace = 0;
  /** The most that was in use lately, and until when others want their part. */
  #peak = 0;
  /** How many times what one call lacks is asked for. */
  #hunger = 1;
  #contestedRounds = 0;
  #contestedUntil = Number.NEGATIVE_INFINITY;
  /** The run of the store's last word on it; undefined before the first. */
  #run: string | undefined;
  /** When the last message was made that has an answer. */
  #toldAt = Number.NEGATIVE_INFINITY;
  #heard = 0;
  /** Since when the others may count on this node's having a share. */
  #knownSince = Number.POSITIVE_INFINITY;
  /** The share by the last message that has an answer, and the least since. */
  #share = 0;
  #leastShare = 0;
  #alone: { readonly since: number; readonly booked: number; readonly held: number; readonly most: number } | undefined;

  constructor(id: string, limits: LeasedLimits, row: number, pot: number, now: number) {
    this.id = id;
    this.limits = limits;
    this.row = row;
    this.pot = pot;
    this.usedAt = now;
    // Above that of an earlier stay of this process, whose account the store may still have.
    this.#incarnation = Math.max(Math.floor(now), 0);
  }

  /** How it stands in the ledger. Undefined where there is no such limit any longer. */
  look(): LeasedPot | undefined {
    return this.limits.look(this.row, this.pot);
  }

  /**
   * What it tells the store now. The caller holds the lock of the limits.
   * @param run The run of the store that the node knows of.
   * @param leaves Whether the node uses it no more.
   */
  message(pot: LeasedPot, now: number, run: string, leaves: boolean): PotMessage {
    const { limits, row } = this;
    const kind = limits.kind(this.pot);
    const inUse = limits.inUse(row, this.pot);
    // Only a place is free again as soon as it is given back.
    this.#peak = kind === "slots" ? Math.max(inUse, this.#peak * peakKept) : 0;
    const begun = this.#begins ? this.#begin(pot, now, run, inUse) : notBegun;
    const sinceMs = now - this.askedAt;
    if (sinceMs > 0 && sinceMs < windowMs) this.#pace += ((pot.booked - this.#lastBooked) / sinceMs - this.#pace) * paceWeight;
    this.#lastBooked = pot.booked;
    // Where calls lack something round after round, many wait.
    this.#hunger = pot.lacked === 0 ? 1 : Math.min(sinceMs < hungryMs ? this.#hunger * 2 : 1, mostHungry);
    this.askedAt = now;
    if (leaves) this.#giveUp(pot, inUse);
    const share = kind === "minute" && this.#run !== undefined ? Math.floor(pot.limit / Math.max(this.nodes, 2)) : 0;
    this.#leastShare = Math.min(this.#leastShare, share);
    const { leftMs, lengthMs } = limits.period(row, this.pot, now);
    return {
      kind,
      limit: pot.limit,
      incarnation: this.#incarnation,
      begins: this.#begins,
      booked: pot.booked - this.#base,
      credited: pot.credited - this.#baseCredited,
      returned: this.#returned,
      wanted: leaves ? 0 : Math.max(this.#need(inUse, pot.limit, now), inUse + (pot.lacked - inUse) * this.#hunger),
      least: leaves ? 0 : pot.lacked,
      isLean: now < this.#contestedUntil,
      mayExceed: limits.name === "budget" && !limits.isReserved(row),
      share,
      periodLeftMs: Math.ceil(leftMs),
      periodMs: lengthMs,
      leaves,
      ...begun,
    };
  }

  /** Takes the store's answer. @returns Whether it is to be asked again at once, since it wants to be told more, or soon, since others are to give back. */
  take(message: PotMessage, reply: PotReply, run: string, now: number): "now" | "soon" | undefined {
    if (reply.status !== "ok") {
      this.#begins = true;
      return reply.status === "tell" ? "now" : undefined;
    }
    if (this.#begins && this.#run === undefined) this.#knownSince = now;
    this.#begins = false;
    this.#run = run;
    this.#toldAt = this.askedAt;
    this.#heard = reply.booked;
    this.nodes = reply.nodes;
    this.#share = this.#leastShare = message.share;
    const { limits, row, pot } = this;
    limits.lock();
    try {
      const stands = limits.look(row, pot);
      if (stands === undefined) return undefined;
      const inUse = limits.inUse(row, pot);
      // What an answer said that was overtaken by another is known already.
      const more = Math.max(reply.granted - this.#granted, 0);
      this.#granted += more;
      const held = stands.allowed + more - stands.booked - inUse;
      const needed = Math.max(this.#need(inUse, stands.limit, now), stands.lacked, reply.idle) - inUse;
      const spare = Math.max(held - needed, 0);
      this.#returned += spare;
      this.isShort = held < Math.floor(reply.idle / 2) - inUse;
      limits.allow(row, pot, stands.allowed + more - spare);
      this.#contestedRounds = reply.contested ? this.#contestedRounds + 1 : 0;
      const isHoped = this.#contestedRounds > 0 && this.#contestedRounds <= mostContested;
      const isDry = !isHoped && message.least > 0 && stands.allowed + more - stands.booked < message.least;
      limits.answer(row, pot, {
        booked: reply.booked,
        bookedThen: message.booked + this.#base,
        lackedThen: isHoped ? 0 : message.least,
        dryUntil: isDry ? now + Math.min(reply.untilMs || longestDryMs, longestDryMs) : 0,
        freeAt: isDry && reply.untilMs > 0 ? now + reply.untilMs : 0,
      });
      this.isDue = spare > 0 || isHoped;
      return isHoped ? "soon" : undefined;
    } finally {
      limits.unlock();
    }
  }

  /**
   * What the node may use by itself: what it holds, and for a limit of a minute its share. The store keeps at least as much aside.
   * @param refuses Whether nothing is used while the store cannot tell.
   */
  goAlone(now: number, refuses: boolean): void {
    const { limits, row, pot } = this;
    limits.lock();
    try {
      const stands = limits.look(row, pot);
      if (stands === undefined || this.#run === undefined) return;
      const used = limits.kind(pot) === "minute" ? limits.window(row, pot, now).reduce((sum, [, amount]) => sum + amount, 0) : 0;
      const held = Math.max(stands.allowed - stands.booked, 0);
      this.#alone ??= { since: now, booked: stands.booked, held, most: held + used };
      const { since, booked, held: heldThen, most } = this.#alone;
      const ofHeld = heldThen - (stands.booked - booked);
      const kind = limits.kind(pot);
      const left = kind === "minute" ? this.#leftAlone(now - since, { used, ofHeld, most }) : ofHeld;
      // A store that began anew in the meantime keeps no more for a node that it has not heard of.
      const isOld = kind === "slots" && now - since > windowMs;
      const fair = isOld ? Math.floor(stands.limit / Math.max(this.nodes, 2)) : Number.POSITIVE_INFINITY;
      limits.allow(row, pot, stands.booked + (refuses ? 0 : Math.max(Math.min(left, fair), 0)));
      limits.answer(row, pot, { booked: this.#heard, bookedThen: booked, lackedThen: Number.POSITIVE_INFINITY, dryUntil: 0, freeAt: 0 });
    } finally {
      limits.unlock();
    }
  }

  /**
   * What is left to a node of a limit of a minute that lives on its own. At first it may use what it holds and, as its own bookings leave the window,
   * as much again. Nobody uses more than its share from then on, so that all can use theirs once a window has passed.
   */
  #leftAlone(aloneMs: number, { used, ofHeld, most }: { readonly used: number; readonly ofHeld: number; readonly most: number }): number {
    const isKnown = (this.#alone?.since ?? 0) - this.#knownSince > settlingMs;
    const share = isKnown ? Math.min(this.#share, this.#leastShare) : 0;
    if (aloneMs > windowMs + settlingMs) return share - used;
    return Math.max(Math.min(share, most) - used, Math.min(ofHeld, share));
  }

  /** The store answers again: it is told anew what the node has done by itself. */
  return(): void {
    if (this.#alone === undefined) return;
    this.#begins = true;
    this.isDue = true;
  }

  #giveUp(pot: LeasedPot, inUse: number): void {
    const spare = Math.max(pot.allowed - pot.booked - inUse, 0);
    this.#returned += spare;
    this.limits.allow(this.row, this.pot, pot.allowed - spare);
  }

  /** Another node lacks what this one may hold without need. */
  wantedElsewhere(now: number): void {
    this.#contestedUntil = now + contestedMs;
  }

  /** How much it needs to hold. A place that has just become free is likely to be taken again, and is kept as long as it is the node's fair part. */
  #need(inUse: number, limit: number, now: number): number {
    const peak = Math.ceil(this.#peak);
    if (now < this.#contestedUntil) return Math.max(inUse, Math.min(peak, Math.floor(limit / this.nodes)));
    const block = this.#pace * blockMs;
    return Math.max(inUse, peak) + (block < leastBlock ? 0 : Math.ceil(block));
  }

  /** An account of the store begins: with what is held in the present run, and what was booked that the store does not know. */
  #begin(pot: LeasedPot, now: number, run: string, inUse: number): Begun {
    const { limits, row } = this;
    const isAlone = this.#alone !== undefined;
    const knows = this.#run !== undefined;
    const held = knows ? (isAlone ? inUse : Math.max(pot.allowed - pot.booked, inUse)) : inUse;
    const kind = limits.kind(this.pot);
    const window = limits.window(row, this.pot, now);
    const total = kind === "period" ? window.reduce((sum, [, amount]) => sum + amount, 0) : 0;
    // Another run of the store knows nothing of what was told before.
    const untoldMs = run === this.#run ? now - this.#toldAt + 1_000 : Number.POSITIVE_INFINITY;
    const recent = kind === "minute" ? window.filter(([age, amount]) => amount > 0 && age * 1_000 <= untoldMs) : [];
    // The store's seconds begin at other moments than the node's: what is told is younger rather than older.
    const told = recent.map(([age, amount]) => [Math.max(age - 1, 0), amount] as const);
    this.#alone = undefined;
    // One that was begun before and never heard of may have arrived.
    this.#incarnation++;
    this.#base = pot.booked;
    this.#baseCredited = pot.credited;
    this.#granted = held;
    this.#returned = 0;
    limits.allow(row, this.pot, pot.booked + held);
    return { held, told, total, heard: this.#heard, nodes: knows ? this.nodes : 0 };
  }
}

type Begun = Pick<PotMessage, "held" | "told" | "total" | "heard" | "nodes">;

const notBegun: Begun = { held: 0, told: [], total: 0, heard: 0, nodes: 0 };
