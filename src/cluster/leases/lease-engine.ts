import type { Clock, Timer } from "../../lib/clock.ts";
import type { LeasedLimits } from "../../core/state/leased-limits.ts";
import type { LeaseSignals } from "../../core/state/lease-signals.ts";
import type { LeaseAnswer, LeaseStore, PotEntry } from "./lease-store.ts";
import { NodePot } from "./node-pot.ts";
import { silentAfterMs } from "./sync-pot.ts";

/** The store is told so often what has changed. */
const roundMs = 100;
/** A limit that is not used is looked at so often, so that what others lack is given back. */
const restingMs = 1_000;
/** A key's limit that was not used for so long is held no longer. Those of deployments are kept. */
const forgottenMs = 600_000;
/** A store that has not answered for so long is not worth a call's wait. */
const lateMs = 300;
/** In so much time others have given back what they do not need. */
const contestedMs = 10;
/** Limits in one message. */
const mostInMessage = 256;

/** What keeps a node's leases. */
export interface LeaseEngineOptions {
  readonly clock: Clock;
  readonly store: LeaseStore;
  readonly limits: readonly LeasedLimits[];
  readonly signals: LeaseSignals;
  /** The node's name, which no other one has at the same time. */
  readonly name: string;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly nodeTtlMs: number;
  /** Whether keys' limits and budgets refuse all calls while the store cannot tell. */
  readonly refusesAlone: boolean;
  /** Tells the other nodes that these limits are wanted: by calls, or by a node that has just come. */
  announce(ids: readonly string[], areLacked: boolean): void;
  /** Called when the store has begun to answer, or has not for 3 s. */
  onStore(isThere: boolean): void;
}

/** How a node stands with the store. */
export interface LeaseStatus {
  readonly isAlone: boolean;
  /** Milliseconds since the store's last answer. Undefined before the first. */
  readonly ageMs: number | undefined;
  readonly nodes: number;
  readonly limits: number;
}

/**
 * Keeps a node's leases: gets blocks of limits from the store before calls need them, tells it what was booked, and gives back what is not needed. No
 * call goes through it. While the store is silent the node lives on what it holds, and later on its share.
 */
export class LeaseEngine {
  readonly #options: LeaseEngineOptions;
  readonly #pots = new Map<string, NodePot>();
  /** By limits and row. */
  readonly #byRow = new Map<LeasedLimits, Map<number, readonly NodePot[]>>();
  readonly #names = new Map<LeasedLimits, readonly string[]>();
  #run = "";
  #acknowledged = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #isAlone = true;
  #isWaiting = true;
  #isAsking = false;
  #isAskedAgain = false;
  #isOver = false;
  #timer: Timer | undefined;

  constructor(options: LeaseEngineOptions) {
    this.#options = options;
  }

  /** Begins. Resolves when the store has answered once, or has failed to. */
  async start(): Promise<void> {
    void this.#listen();
    await this.#round();
    this.#plan();
  }

  get status(): LeaseStatus {
    const ageMs = this.#options.clock.now() - this.#answeredAt;
    const nodes = Math.max(1, ...Array.from(this.#pots.values(), ({ nodes: of }) => of));
    return { isAlone: this.#isAlone, ageMs: Number.isFinite(ageMs) ? ageMs : undefined, nodes, limits: this.#pots.size };
  }

  /** Whether the store answers, and the node holds its part of what there is. */
  get isSupplied(): boolean {
    return !this.#isAlone && !this.#isWaiting && [...this.#pots.values()].every(({ isShort }) => !isShort);
  }

  /** Another node wants these: where its calls lack them, what is not needed here goes back at once; else what is more than this node's part. */
  wanted(ids: readonly string[], areLacked: boolean): void {
    let isHeld = false;
    for (const id of ids) {
      const pot = this.#pots.get(id);
      if (pot === undefined) continue;
      if (areLacked) pot.wantedElsewhere(this.#options.clock.now());
      pot.isDue = true;
      isHeld = true;
    }
    if (isHeld) void this.#round();
  }

  /** Gives all back, and ends. Called when no call is under way any longer. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#options.clock.cancel(this.#timer);
    this.#options.signals.isLive = false;
    this.#options.signals.lacking.raise();
    if (this.#isAlone) return;
    const pots = [...this.#pots.values()];
    for (let from = 0; from < pots.length; from += mostInMessage) await this.#ask(pots.slice(from, from + mostInMessage), true);
  }

  #plan(): void {
    if (this.#isOver) return;
    this.#timer = this.#options.clock.schedule(roundMs, () => {
      void this.#round();
      this.#plan();
    });
  }

  /** A call that lacks something does not wait for the next round. */
  async #listen(): Promise<void> {
    const { lacking } = this.#options.signals;
    let heard = lacking.count;
    while (!this.#isOver) {
      await lacking.raisedAfter(heard);
      heard = lacking.count;
      void this.#round();
    }
  }

  async #round(): Promise<void> {
    if (this.#isOver) return;
    if (this.#isAsking) {
      this.#isAskedAgain = true;
      this.#noteSilence();
      return;
    }
    this.#isAsking = true;
    try {
      do {
        this.#isAskedAgain = false;
        this.#findPots();
        const isThere = this.#isAlone ? await this.#greet() : true;
        if (isThere) await this.#askDue();
        this.#noteSilence();
      } while (this.#isAskedAgain && !this.#isAlone && !this.#isOver);
    } finally {
      this.#isAsking = false;
    }
  }

  /** Takes up limits of which calls have made use. */
  #findPots(): void {
    const now = this.#options.clock.now();
    for (const limits of this.#options.limits) {
      const rows = this.#byRow.get(limits) ?? new Map<number, readonly NodePot[]>();
      this.#byRow.set(limits, rows);
      for (const row of limits.takeTouched()) {
        const known = rows.get(row);
        const pots = this.#potsOf(limits, row, known, now);
        if (pots !== known) rows.set(row, pots);
        for (const pot of pots) {
          pot.isDue = true;
          pot.usedAt = now;
        }
      }
    }
  }

  #potsOf(limits: LeasedLimits, row: number, known: readonly NodePot[] = [], now: number): readonly NodePot[] {
    const found = [...known];
    for (let pot = 0; pot < limits.pots.length; pot++) {
      if (known.some((one) => one.pot === pot) || limits.look(row, pot) === undefined) continue;
      const id = `${limits.name}/${this.#nameOf(limits, row)}/${limits.pots[pot]}`;
      const made = new NodePot(id, limits, row, pot, now);
      this.#pots.set(id, made);
      found.push(made);
    }
    return found.length === known.length ? known : found;
  }

  #nameOf(limits: LeasedLimits, row: number): string {
    let names = this.#names.get(limits);
    if (names === undefined || row >= names.length) this.#names.set(limits, (names = limits.ids()));
    return names[row] ?? "";
  }

  /** Hears whether the store is there again, before it is told anything of what was used in the meantime. */
  async #greet(): Promise<boolean> {
    const answer = await this.#send([]);
    return answer !== undefined;
  }

  async #askDue(): Promise<void> {
    const now = this.#options.clock.now();
    const due: NodePot[] = [];
    const leaving: NodePot[] = [];
    for (const pot of this.#pots.values()) {
      if (pot.limits.name !== "deployment" && now - pot.usedAt > forgottenMs) leaving.push(pot);
      else if (pot.isDue || now - pot.askedAt >= restingMs) due.push(pot);
    }
    for (let from = 0; from < due.length; from += mostInMessage) {
      if (!(await this.#ask(due.slice(from, from + mostInMessage), false))) return;
    }
    if (leaving.length === 0 || !(await this.#ask(leaving, true))) return;
    for (const { id, limits, row } of leaving) {
      this.#pots.delete(id);
      this.#byRow.get(limits)?.delete(row);
    }
  }

  /** @returns Whether the store has answered. */
  async #ask(pots: readonly NodePot[], leaves: boolean): Promise<boolean> {
    const { clock } = this.#options;
    const asked: (PotEntry & { readonly from: NodePot })[] = [];
    for (const from of pots) {
      from.limits.lock();
      try {
        const stands = from.look();
        if (stands !== undefined) asked.push({ id: from.id, from, message: from.message(stands, clock.now(), this.#run, leaves) });
      } finally {
        from.limits.unlock();
      }
      from.isDue = false;
    }
    if (asked.length === 0) return true;
    const answer = await this.#send(asked);
    if (answer === undefined) {
      for (const { from } of asked) from.isDue = true;
      return false;
    }
    if (answer.isReturn) {
      // What it grants was overtaken by what the node has allowed itself meanwhile: all begin anew.
      this.#isAskedAgain = true;
      return true;
    }
    const lacked: string[] = [];
    const short: string[] = [];
    let isSoon = false;
    asked.forEach(({ from, message, id }, index) => {
      const reply = answer.replies[index];
      if (reply === undefined || leaves) return;
      const again = from.take(message, reply, answer.run, clock.now());
      if (again === "now") from.isDue = this.#isAskedAgain = true;
      isSoon ||= again === "soon";
      if (reply.contested) (message.least > 0 ? lacked : short).push(id);
    });
    this.#options.signals.answered.raise();
    if (lacked.length > 0) this.#options.announce(lacked, true);
    if (short.length > 0) this.#options.announce(short, false);
    if (isSoon) clock.schedule(contestedMs, () => void this.#round());
    return true;
  }

  /** @returns undefined where no answer came. `isReturn` where the node was alone until then. */
  async #send(entries: readonly PotEntry[]): Promise<(LeaseAnswer & { readonly isReturn: boolean }) | undefined> {
    const { clock, name, startedAt, nodeTtlMs, store } = this.#options;
    const sender = { name, startedAt, knownRun: this.#run, acknowledged: this.#acknowledged, nodeTtlMs };
    let answer: LeaseAnswer;
    try {
      answer = await store.sync(sender, entries);
    } catch {
      return undefined;
    }
    const isOther = answer.run !== this.#run;
    this.#run = answer.run;
    this.#isWaiting = answer.isWaiting;
    this.#acknowledged = answer.storeMs;
    this.#answeredAt = clock.now();
    if (isOther) for (const pot of this.#pots.values()) pot.isDue = true;
    const isReturn = this.#isAlone;
    if (isReturn) {
      this.#isAlone = false;
      // It is told what the node has done by itself before it is asked for anything.
      for (const pot of this.#pots.values()) pot.return();
      this.#options.onStore(true);
    }
    this.#options.signals.isLive = !this.#isOver;
    return { ...answer, isReturn };
  }

  /** Takes note of how long the store has been silent. */
  #noteSilence(): void {
    const { clock, signals, limits, refusesAlone } = this.#options;
    const now = clock.now();
    const silentMs = now - this.#answeredAt;
    if (silentMs > lateMs) signals.isLive = false;
    if (silentMs <= silentAfterMs) return;
    if (!this.#isAlone) {
      this.#isAlone = true;
      this.#options.onStore(false);
    }
    for (const pot of this.#pots.values()) pot.goAlone(now, refusesAlone && pot.limits !== limits[0]);
    signals.answered.raise();
  }
}
