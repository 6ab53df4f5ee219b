import { rateLimit, type Limits } from "../../../src/core/pick/eligibility.ts";
import { declareLimits } from "../../../src/core/state/declare-limits.ts";
import { LedgerLeases } from "../../../src/core/state/ledger-leases.ts";
import { Ledger } from "../../../src/core/state/ledger.ts";
import { localLeaseSignals } from "../../../src/core/state/lease-signals.ts";
import type { Reservation } from "../../../src/core/state/reservation.ts";
import { pots } from "../../../src/core/state/lease-rows.ts";
import type { Random } from "../../../src/lib/random.ts";
import { LeaseEngine } from "../../../src/cluster/leases/lease-engine.ts";
import type { LeaseAnswer, LeaseStore, PotEntry } from "../../../src/cluster/leases/lease-store.ts";
import { MemoryStore } from "../../../src/cluster/leases/memory-store.ts";
import type { PotMessage, SenderState } from "../../../src/cluster/leases/pot-message.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const unlimited = Number.POSITIVE_INFINITY;

export interface WorldLimits {
  readonly rpm?: number;
  readonly tpm?: number;
  readonly parallel?: number;
}

/** What went through, when, and how much of the tokens it has set aside or used. */
interface Booking {
  readonly at: number;
  readonly node: number;
  tokens: number;
}

/** Changes what a node says of a limit. */
export type Plant = (message: PotMessage) => PotMessage;

export interface Faults {
  /** Of messages and answers: shares that are lost, or come twice. */
  readonly lost: number;
  readonly doubled: number;
  readonly meanDelayMs: number;
}

/** Nodes that share limits over a network and a store on virtual time, and what all of them together let through. */
export class LeaseWorld {
  readonly clock = new FakeClock();
  readonly store: MemoryStore;
  readonly nodes: LeaseNode[] = [];
  readonly bookings: Booking[] = [];
  readonly limits: WorldLimits;
  readonly random: Random;
  /** How far the store's clock is off, in milliseconds, and whether it answers. */
  storeOffMs = 0;
  isStoreUp = true;
  faults: Faults;
  #underWay = 0;
  most = { rpm: 0, tpm: 0, parallel: 0 };
  nodeTtlMs = 60_000;
  /** A fault that is planted in what nodes say. */
  plant: Plant = (message) => message;

  constructor(limits: WorldLimits, random: Random, faults: Faults = { lost: 0, doubled: 0, meanDelayMs: 1 }) {
    this.limits = limits;
    this.random = random;
    this.faults = faults;
    this.store = new MemoryStore(() => this.clock.now() + this.storeOffMs, "run-0");
  }

  async addNode(name = `node-${this.nodes.length}`): Promise<LeaseNode> {
    const node = new LeaseNode(this, this.nodes.length, name);
    this.nodes.push(node);
    void node.engine.start();
    await settle();
    return node;
  }

  /** Lets time pass in steps, each of which ends with all promises settled. */
  async run(ms: number, stepMs = 10, each: () => void = () => undefined): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      await settle();
      each();
    }
  }

  /** Sends something through the network. */
  carry(deliver: () => void): void {
    const { lost, doubled, meanDelayMs } = this.faults;
    if (this.random.next() >= lost) this.clock.schedule(this.#delay(meanDelayMs), deliver);
    if (this.random.next() < doubled) this.clock.schedule(this.#delay(meanDelayMs) * 20, deliver);
  }

  #delay(meanMs: number): number {
    return -Math.log(1 - this.random.next()) * meanMs;
  }

  begun(node: number, tokens: number): Booking {
    const booking = { at: this.clock.now(), node, tokens };
    this.bookings.push(booking);
    this.#underWay++;
    this.#check();
    return booking;
  }

  ended(): void {
    this.#underWay--;
  }

  /** What all nodes together had of each limit in the last 60 s, and at the most so far. */
  #check(): void {
    const since = this.clock.now() - 60_000;
    let rpm = 0;
    let tpm = 0;
    for (let index = this.bookings.length - 1; index >= 0; index--) {
      const booking = this.bookings[index];
      if (booking === undefined || booking.at <= since) break;
      rpm++;
      tpm += booking.tokens;
    }
    const { most } = this;
    this.most = { rpm: Math.max(most.rpm, rpm), tpm: Math.max(most.tpm, tpm), parallel: Math.max(most.parallel, this.#underWay) };
    for (const limit of ["rpm", "tpm", "parallel"] as const) {
      const bound = this.limits[limit];
      if (bound !== undefined && this.most[limit] > bound)
        throw new Error(`${limit}: ${this.most[limit]} of ${bound} at ${this.clock.now()}`);
    }
  }
}

/** One node: a ledger with one deployment, and the engine that keeps its leases. */
export class LeaseNode implements LeaseStore {
  readonly world: LeaseWorld;
  readonly number: number;
  readonly ledger: Ledger;
  readonly engine: LeaseEngine;
  readonly row: number;
  isCut = false;
  cutAt = 0;
  readonly joinedAt: number;
  isDead = false;
  readonly #limits: Limits;

  constructor(world: LeaseWorld, number: number, name: string) {
    this.world = world;
    this.number = number;
    this.joinedAt = world.clock.now();
    const signals = localLeaseSignals();
    this.ledger = new Ledger(undefined, world.clock, signals);
    this.row = this.ledger.rowFor("deployment");
    const { leases } = this.ledger;
    if (leases === undefined) throw new Error("the ledger has no leases");
    const { rpm = unlimited, tpm = unlimited, parallel = unlimited } = world.limits;
    declareLimits(leases, this.row, { rpm, tpm, itpm: unlimited, otpm: unlimited, parallel, rpd: unlimited, tpd: unlimited });
    this.#limits = {
      row: this.row,
      rpmLimit: rpm,
      tpmLimit: tpm,
      itpmLimit: unlimited,
      otpmLimit: unlimited,
      limitsTokens: tpm !== unlimited,
    };
    this.engine = new LeaseEngine({
      clock: world.clock,
      store: this,
      limits: [new LedgerLeases("deployment", this.ledger, leases)],
      signals,
      name,
      startedAt: world.clock.now(),
      nodeTtlMs: world.nodeTtlMs,
      refusesAlone: false,
      announce: (ids, areLacked) => {
        for (const other of world.nodes) {
          if (other !== this && !other.isCut && !this.isCut && !other.isDead) world.carry(() => other.engine.wanted(ids, areLacked));
        }
      },
      onStore: () => undefined,
    });
  }

  /** A call that sets so many tokens aside. @returns Whether it went through. It ends after `ms`, having used so many. */
  call(tokens: number, used: number, ms: number): boolean {
    const { world, ledger, row } = this;
    if (this.isDead) return false;
    const now = world.clock.now();
    const { parallel = unlimited } = world.limits;
    const inFlight = ledger.inFlight(row);
    if (inFlight >= parallel || ledger.leases?.lacks(row, pots.slots, 1, now, inFlight) === true) return false;
    // A prompt has a quarter of its bytes in tokens; the answer is capped.
    const demand = { now, requestBytes: 0, maxOutputTokens: tokens, answers: 1 };
    if (rateLimit(this.#limits, demand, ledger, false) !== "eligible") return false;
    const output = Math.min(tokens, ledger.estimateOutputTokens(row, tokens, 1));
    const reservation = ledger.begin(row, now, 0, output);
    const booking = world.begun(this.number, output);
    world.clock.schedule(ms, () => this.#end(reservation, booking, Math.min(used, output)));
    return true;
  }

  #end(reservation: Reservation, booking: Booking, used: number): void {
    const { world, ledger, row } = this;
    if (this.isDead) return;
    const usage = { promptTokens: 0, outputTokens: used };
    ledger.end(row, world.clock.now(), reservation, { kind: "success", firstTokenMs: 1, totalMs: 1, stream: false, usage } as never, 0);
    booking.tokens = used;
    world.ended();
  }

  /** Dies with all that it has under way. */
  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    for (let left = this.ledger.inFlight(this.row); left > 0; left--) this.world.ended();
    this.isCut = true;
  }

  sync(sender: SenderState, entries: readonly PotEntry[]): Promise<LeaseAnswer> {
    const { world } = this;
    const copy = structuredClone(entries).map(({ id, message }) => ({ id, message: world.plant(message) }));
    return new Promise((resolve, reject) => {
      world.clock.schedule(1_000, () => reject(new Error("no answer")));
      if (this.isCut) return;
      world.carry(() => {
        if (!world.isStoreUp || this.isCut) return;
        const answer = structuredClone(world.store.syncNow(sender, copy));
        if (!this.isCut) world.carry(() => (this.isCut ? undefined : resolve(answer)));
      });
    });
  }
}

/** Lets promises that are resolved run on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}
