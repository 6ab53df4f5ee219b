import type { Clock, Timer } from "../../lib/clock.ts";
import { RouterError } from "../errors.ts";
import { msUntilCapacity, msUntilUsable } from "../pick/no-capacity.ts";
import type { Ledger } from "../state/ledger.ts";
import { hasRetryBudget } from "../state/attempt-budgets.ts";
import type { MediaFetch, MediaFetcher } from "../upstream.ts";
import type { CallAccounting } from "./accounting.ts";
import type { GroupAttempts } from "./group-attempts.ts";
import type { WaitQueue } from "../queue/wait-queue.ts";

/** Something that a call waits for. */
export interface Wait {
  /** The call waits no more. Ignored when the wait is over. */
  cancel(): void;
}

/** The call that waits. */
export interface WaitOwner {
  /** Goes to a deployment, where one can be picked. @returns Whether the wait is over: the call has gone there, or has failed. */
  goNow(groupAttempts: GroupAttempts): boolean;
  /** The wait has led nowhere. */
  onWaitOver(groupAttempts: GroupAttempts, error: RouterError): void;
  /** The call has waited in the queue for as long as it may. */
  onQueueTimeout(groupAttempts: GroupAttempts): void;
}

export interface WaitDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly queue: WaitQueue;
}

/** A call that waits for a deployment in cooldown looks again so often and so many times: 30 s in all, when nothing is known sooner. */
const longestRewaitMs = 1_000;
const shortestRewaitMs = 50;
const mostWaits = 30;

/** What a retry waits by. */
export interface RetryWaitPlan {
  readonly groupAttempts: GroupAttempts;
  /** What the call has failed with. */
  readonly error: RouterError;
  /** When the whole wait is served, on the router's clock. */
  readonly fullAt: number;
  /** The call's. */
  readonly deadline: number | undefined;
}

/**
 * The wait before the same deployments are tried again. Before its end only a deployment that comes back from its own cooldown, or was
 * not tried, may be asked: the wait is owed to the others. Calls that failed together wait together, and one of them is the probe of a
 * deployment that was cooling down: the others wait on for what it shows.
 */
export class RetryWait implements Wait {
  readonly #plan: RetryWaitPlan;
  readonly #owner: WaitOwner;
  readonly #accounting: CallAccounting;
  readonly #deps: WaitDeps;
  #timer: Timer | undefined;
  /** Whether the whole wait has been served. Not asked of the clock: it may pass `fullAt` between two looks. */
  #isServed = false;
  /** Looks left once the wait has been served. */
  #looks = mostWaits;

  constructor(plan: RetryWaitPlan, owner: WaitOwner, accounting: CallAccounting, deps: WaitDeps) {
    this.#plan = plan;
    this.#owner = owner;
    this.#accounting = accounting;
    this.#deps = deps;
  }

  /** @returns Whether an attempt can come of the wait in the call's time. If not, nothing has begun. */
  begin(): boolean {
    return this.#canLead() && this.#next();
  }

  /** Whether a deployment may be asked before the deadline, and before the last look. */
  #canLead(): boolean {
    const { clock } = this.#deps;
    const { groupAttempts, fullAt, deadline = Number.POSITIVE_INFINITY } = this.#plan;
    const now = clock.now();
    const latest = Math.min(deadline, fullAt + mostWaits * longestRewaitMs);
    return now + (msUntilUsable(groupAttempts.group, { ...groupAttempts.demand(now), tried: [] }, this.#deps.ledger) ?? 0) < latest;
  }

  #next(): boolean {
    const { clock } = this.#deps;
    const { deadline } = this.#plan;
    const waitMs = this.#nextLookMs();
    const fits = waitMs !== undefined && (deadline === undefined || clock.now() + waitMs < deadline);
    if (!fits || this.#looks === 0) return false;
    this.#timer = clock.schedule(waitMs, () => this.#look(waitMs));
    return true;
  }

  cancel(): void {
    this.#deps.clock.cancel(this.#timer);
  }

  #look(waitedMs: number): void {
    const { clock, ledger } = this.#deps;
    const { groupAttempts, error, fullAt } = this.#plan;
    this.#accounting.elsewhereMs += waitedMs;
    const isFull = clock.now() >= fullAt;
    groupAttempts.forgetTried(
      (row) => (isFull || ledger.isCoolingDown(groupAttempts.healthRow(row))) && hasRetryBudget(row, clock.now(), ledger),
    );
    if (this.#owner.goNow(groupAttempts)) return;
    this.#isServed = isFull;
    if (isFull) this.#looks--;
    if (!this.#next()) this.#owner.onWaitOver(groupAttempts, error);
  }

  /** Milliseconds until it is worth looking again; undefined when nothing is known to come. */
  #nextLookMs(): number | undefined {
    const soonestMs = this.#soonestMs();
    if (this.#isServed) return soonestMs === undefined ? undefined : Math.min(soonestMs, longestRewaitMs);
    const untilFullMs = Math.max(this.#plan.fullAt - this.#deps.clock.now(), 0);
    return Math.min(untilFullMs, Math.max(soonestMs ?? untilFullMs, shortestRewaitMs));
  }

  /** Milliseconds until one of the group's deployments may be asked again; undefined when none is known to come back. */
  #soonestMs(): number | undefined {
    const { groupAttempts } = this.#plan;
    const { clock, ledger } = this.#deps;
    const untilMs = msUntilCapacity(groupAttempts.group, { ...groupAttempts.demand(clock.now()), tried: [] }, ledger);
    return untilMs === undefined || untilMs <= 0 ? undefined : untilMs;
  }
}

/** The wait for what a call names by address. */
export class MediaWait implements Wait {
  readonly #fetch: MediaFetch;

  private constructor(fetch: MediaFetch) {
    this.#fetch = fetch;
  }

  /**
   * Begins one where no deployment of the call's group takes addresses, and they are fetched here.
   * @param done Called once, never synchronously, with the stay in the group that goes on with what was fetched.
   * @returns undefined where nothing is fetched.
   */
  static of(
    groupAttempts: GroupAttempts,
    { clock, media }: Pick<WaitDeps, "clock"> & { readonly media: MediaFetcher | undefined },
    done: (fetched: GroupAttempts | RouterError) => void,
  ): MediaWait | undefined {
    const { call } = groupAttempts;
    const places = media?.placesIn(call);
    if (media === undefined || places === undefined || !groupAttempts.lacks(places)) return undefined;
    const withinMs = (call.deadline ?? Number.POSITIVE_INFINITY) - clock.now();
    return new MediaWait(
      media.fetch(call, withinMs, (fetched) => done(fetched instanceof RouterError ? fetched : groupAttempts.with(fetched))),
    );
  }

  cancel(): void {
    this.#fetch.cancel();
  }
}
