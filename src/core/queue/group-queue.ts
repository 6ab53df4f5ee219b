import { ewma } from "../../lib/averages/ewma.ts";
import { TenantQueue, type QueuePlace, type SizeClass } from "./tenant-queue.ts";
import { ageingMs, type Waiter } from "./waiter.ts";

/** A class ends at so many times the usual tokens of a call. */
const shortUpTo = 1.5;
const usualUpTo = 6;

/** How far tenants may get before one whose call is too large for what is free, in calls of the usual size. */
const mostPassed = 2;

/** The rate at which calls leave is taken over so long. */
const rateSpanMs = 5_000;

/**
 * Calls that wait for one group. Tenants take turns by tokens: of those whose first calls are equally important, the one that has had the fewest goes
 * next. What one tenant has waiting delays another by its own turns only. A call that finds too little free is passed by smaller ones: by those
 * of its own tenant until it has waited for ten seconds, by others' until they are a little ahead.
 */
export class GroupQueue {
  readonly #tenants = new Map<string, TenantQueue>();
  readonly #onLeft: (waiter: Waiter) => void;
  #length = 0;
  #isRunning = false;
  /** No call's time runs out before. */
  #earliestEnd = Number.POSITIVE_INFINITY;
  /** Tokens that the tenant had whose turn was last. A tenant that comes begins with these. */
  #turn = 0;
  /** The usual tokens of a call, and how many told of them. */
  #usual = 0;
  #samples = 0;
  #leftSince = 0;
  #leftTokens = 0;
  /** Tokens that leave in a millisecond; undefined while that is not known. */
  #rate: number | undefined;

  /** @param onLeft Called for each call that leaves while {@link run} looks. */
  constructor(onLeft: (waiter: Waiter) => void) {
    this.#onLeft = onLeft;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns Its place, to be handed back to {@link remove}. */
  add(waiter: Waiter, now: number): QueuePlace {
    if (this.#length === 0) this.#startRate(now);
    const tokens = Math.max(waiter.promptTokens + waiter.outputTokens, 1);
    this.#usual = ewma(this.#usual, this.#samples++, tokens);
    let tenant = this.#tenants.get(waiter.tenant);
    if (tenant === undefined) this.#tenants.set(waiter.tenant, (tenant = new TenantQueue(waiter.tenant, this.#turn, now)));
    const place = { waiter, tokens, size: this.#sizeOf(tokens) };
    tenant.add(place);
    this.#length++;
    this.#earliestEnd = Math.min(this.#earliestEnd, waiter.until);
    return place;
  }

  /** @returns Whether it was here. */
  remove(place: QueuePlace): boolean {
    const tenant = this.#tenants.get(place.waiter.tenant);
    if (tenant?.remove(place) !== true) return false;
    this.#length--;
    if (tenant.length === 0) this.#tenants.delete(tenant.name);
    return true;
  }

  /** Whether a call has waited for longer than others may pass it. */
  isHeld(now: number): boolean {
    for (const tenant of this.#tenants.values()) if (tenant.places.some(({ waiter }) => isOld(waiter, now))) return true;
    return false;
  }

  /** The last call in order of the tenant that has the most waiting, where those are more than one more than a tenant has: its place is owed to that one. */
  owedTo(tenant: string, now: number): QueuePlace | undefined {
    let most: TenantQueue | undefined;
    for (const each of this.#tenants.values()) if (most === undefined || each.length > most.length) most = each;
    if (most === undefined || most.length <= (this.#tenants.get(tenant)?.length ?? 0) + 1) return undefined;
    return most.inOrder(now).at(-1);
  }

  /** How long a call is likely to wait here, in milliseconds, by the rate at which calls leave; 0 while that is not known. */
  expectedMs(waiter: Waiter, now: number): number {
    if (this.#rate === undefined || this.#rate <= 0) return 0;
    const tenant = this.#tenants.get(waiter.tenant);
    const tokens = waiter.promptTokens + waiter.outputTokens;
    const own = tenant?.tokensBefore({ waiter, tokens, size: this.#sizeOf(tokens) }, now) ?? 0;
    const tenants = this.#tenants.size + (tenant === undefined ? 1 : 0);
    let all = 0;
    for (const each of this.#tenants.values()) all += each.tokens;
    return Math.min(own * tenants, all) / this.#rate;
  }

  /**
   * Lets go ahead what can, and gives up what has no time left.
   * @returns When to look again, on the clock; Infinity where only the end of an attempt can help.
   */
  run(now: number): number {
    if (this.#isRunning) return Number.POSITIVE_INFINITY;
    this.#isRunning = true;
    try {
      this.#expire(now);
      const look = new Look();
      const order = this.#inOrder(now);
      for (let at = 0; at < order.length;) {
        const turn = order[at];
        if (turn !== undefined && this.#tryCalls(turn.tenant, now, look)) moveOn(order, at, now);
        else at++;
      }
      return this.#length === 0 ? Number.POSITIVE_INFINITY : Math.min(look.expectedAt, this.#earliestEnd);
    } finally {
      this.#isRunning = false;
    }
  }

  #expire(now: number): void {
    if (now < this.#earliestEnd) return;
    this.#earliestEnd = Number.POSITIVE_INFINITY;
    const over: QueuePlace[] = [];
    for (const tenant of this.#tenants.values()) {
      for (const place of tenant.places) {
        if (now >= place.waiter.until) over.push(place);
        else this.#earliestEnd = Math.min(this.#earliestEnd, place.waiter.until);
      }
    }
    for (const place of over) if (this.#leave(place)) place.waiter.giveUp();
  }

  #leave(place: QueuePlace): boolean {
    const was = this.remove(place);
    if (was) this.#onLeft(place.waiter);
    return was;
  }

  #inOrder(now: number): Turn[] {
    const turns: Turn[] = [];
    for (const tenant of this.#tenants.values()) turns.push({ tenant, rank: tenant.rank(now) });
    return turns.sort(byTurn);
  }

  /** Sends the first of a tenant's calls that can go. @returns Whether one could. */
  #tryCalls(tenant: TenantQueue, now: number, look: Look): boolean {
    const places = tenant.inOrder(now);
    const kind = places[0]?.waiter.kind;
    if (!look.mayPass(tenant, kind, mostPassed * this.#usual)) return false;
    for (const place of places) {
      const gone = look.isHopeless(place) ? undefined : place.waiter.tryNow();
      if (gone === true) {
        this.#sent(tenant, place, now);
        return true;
      }
      look.failed(place, gone);
      if (isOld(place.waiter, now)) break;
    }
    look.hold(tenant, kind);
    return false;
  }

  #sent(tenant: TenantQueue, place: QueuePlace, now: number): void {
    this.#turn = Math.max(this.#turn, tenant.served);
    tenant.served += place.tokens;
    tenant.turnSince = now;
    this.#leave(place);
    this.#leftTokens += place.tokens;
    if (now - this.#leftSince < rateSpanMs) return;
    this.#rate = this.#leftTokens / (now - this.#leftSince);
    this.#leftSince = now;
    this.#leftTokens = 0;
  }

  #startRate(now: number): void {
    this.#leftSince = now;
    this.#leftTokens = 0;
    this.#rate = undefined;
  }

  #sizeOf(tokens: number): SizeClass {
    if (tokens <= shortUpTo * this.#usual) return 0;
    return tokens <= usualUpTo * this.#usual ? 1 : 2;
  }
}

/** A tenant's standing among the others. */
interface Turn {
  readonly tenant: TenantQueue;
  readonly rank: number;
}

function byTurn(a: Turn, b: Turn): number {
  return a.rank - b.rank || a.tenant.served - b.tenant.served;
}

/** Puts the tenant at `at`, of which a call has gone, where it stands now. */
function moveOn(order: Turn[], at: number, now: number): void {
  const [moved] = order.splice(at, 1);
  if (moved === undefined || moved.tenant.length === 0) return;
  const turn = { tenant: moved.tenant, rank: moved.tenant.rank(now) };
  let to = at;
  for (let next = order[to]; next !== undefined && byTurn(next, turn) <= 0; next = order[to]) to++;
  order.splice(to, 0, turn);
}

/** A call that needs much would wait for ever while others take each bit that comes free: from a certain age on, none of its tenant's passes it. */
function isOld({ arrivedAt }: Waiter, now: number): boolean {
  return now - arrivedAt > ageingMs;
}

/** What one look at a group's calls has found: capacity only gets less in its course. */
class Look {
  /** When something is expected to come free. */
  expectedAt = Number.POSITIVE_INFINITY;
  /** The calls that found nothing, by kind. None of a kind is larger than another in both numbers. */
  readonly #failed = new Map<string, Waiter[]>();
  readonly #others = new Set<QueuePlace>();
  /** The tokens that the first tenant has had that is stuck with a call of this kind. */
  readonly #held = new Map<string, number>();

  isHopeless(place: QueuePlace): boolean {
    const { kind, promptTokens, outputTokens } = place.waiter;
    if (kind === undefined) return this.#others.has(place);
    const known = this.#failed.get(kind);
    return known?.some((other) => promptTokens >= other.promptTokens && outputTokens >= other.outputTokens) === true;
  }

  /** @param expectedAt When it may find something at the earliest, where known. */
  failed(place: QueuePlace, expectedAt: number | undefined): void {
    if (expectedAt !== undefined) this.expectedAt = Math.min(this.expectedAt, expectedAt);
    if (this.isHopeless(place)) return;
    const { waiter } = place;
    if (waiter.kind === undefined) this.#others.add(place);
    else this.#failed.set(waiter.kind, [...(this.#failed.get(waiter.kind) ?? []), waiter]);
  }

  /** Notes that a tenant's turn waits for its first call. */
  hold({ served }: TenantQueue, kind: string | undefined): void {
    if (kind !== undefined && !this.#held.has(kind)) this.#held.set(kind, served);
  }

  /** Whether a tenant may go before one whose turn it was. @param most How many tokens it may be ahead. */
  mayPass({ served }: TenantQueue, kind: string | undefined, most: number): boolean {
    const held = kind === undefined ? undefined : this.#held.get(kind);
    return held === undefined || served <= held + most;
  }
}
