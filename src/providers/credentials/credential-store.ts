import { RouterError } from "../../core/errors.ts";
import type { FetchedCredentials } from "../../core/provider.ts";
import { withoutCredentials } from "../../formats/kit/redact.ts";
import { type Clock, systemClock, type Timer } from "../../lib/clock.ts";
import { cutText } from "../../lib/cut-text.ts";

/** What was fetched, and how long it holds. */
export interface Renewed<Value> {
  readonly value: Value;
  /** Milliseconds since the Unix epoch. Undefined for what holds until it is refused. */
  readonly expiresAt: number | undefined;
}

/** How one credential is got. */
export interface CredentialPlan<Value> {
  /** What it is made from: equal texts are the same credential. Kept as it is, so hash secrets in it. */
  readonly identity: string;
  /** Names it in errors: `the access token of x@y`. */
  readonly what: string;
  /** Never called before somebody begins to use it. A failure is thrown: a {@link RouterError} as it is, everything else as `upstream_auth`. */
  fetch(): Promise<Renewed<Value>>;
  /** Takes what it is made from out of a text. What merely looks like a secret goes out of messages anyway. */
  redact?(text: string): string;
}

/** One credential that changes while the program runs. It is fetched ahead of its end, once for all that use it, and off the way of requests. */
export interface CredentialSource<Value> extends FetchedCredentials {
  /** The credential in force, or why there is none. Never waits. */
  current(): Value | RouterError;
  /** A provider refused it: it is fetched anew, once for each value. @param value As `current` gave it. */
  refused(value: Value): void;
  /**
   * A provider refused it as one whose time is over: as {@link refused}, for a request that waits for the next one.
   * @returns Undefined where there is none. Never rejected.
   */
  successor(value: Value): Promise<Value | undefined>;
}

/** A credential is fetched anew so long before its end, or after three quarters of its time where that is sooner. */
const aheadMs = 5 * 60_000;
const retryMs = { first: 1_000, longest: 60_000 };
/** A fetch without an answer by then has failed. */
const fetchMs = 30_000;
/** A refused credential is fetched anew no more often than this: a provider that refuses them all would be asked without end. */
const refusedPauseMs = 10_000;
/** Characters of an error's text that are told. */
const longestReason = 300;

/** Holds the credentials of all deployments in force by what they are made from, so that deployments with the same share one. */
export class CredentialStore {
  readonly #clock: Clock | undefined;
  readonly #renewals = new Map<string, { readonly renewal: Renewal<unknown>; users: number }>();

  /** @param clock Omit it where nothing is to be fetched: configurations that are only checked. */
  constructor(clock?: Clock) {
    this.#clock = clock;
  }

  /** Now, in milliseconds since the Unix epoch, for what is signed. */
  wallTime(): number {
    return (this.#clock ?? systemClock).wallTime();
  }

  /** @returns The credential of one deployment. It is fetched from its `begin` to its `end`. */
  source<Value>(plan: CredentialPlan<Value>): CredentialSource<Value> {
    return new Source(plan, this);
  }

  /** @returns Undefined where nothing is fetched. */
  take<Value>(plan: CredentialPlan<Value>): Renewal<Value> | undefined {
    if (this.#clock === undefined) return undefined;
    let shared = this.#renewals.get(plan.identity);
    if (shared === undefined) this.#renewals.set(plan.identity, (shared = { renewal: new Renewal(this.#clock, plan), users: 0 }));
    shared.users++;
    return shared.renewal as Renewal<Value>;
  }

  leave(identity: string): void {
    const shared = this.#renewals.get(identity);
    if (shared === undefined || --shared.users > 0) return;
    shared.renewal.stop();
    this.#renewals.delete(identity);
  }
}

/** What one deployment has of a credential that it may share with others. */
class Source<Value> implements CredentialSource<Value> {
  readonly #plan: CredentialPlan<Value>;
  readonly #store: CredentialStore;
  #renewal: Renewal<Value> | undefined;
  #isUsed = false;

  constructor(plan: CredentialPlan<Value>, store: CredentialStore) {
    this.#plan = plan;
    this.#store = store;
  }

  async begin(): Promise<RouterError | undefined> {
    if (!this.#isUsed) this.#renewal = this.#store.take(this.#plan);
    this.#isUsed = this.#renewal !== undefined;
    return this.#renewal?.first;
  }

  end(): void {
    // Calls that are under way still have what was fetched.
    if (this.#isUsed) this.#store.leave(this.#plan.identity);
    this.#isUsed = false;
  }

  current(): Value | RouterError {
    return this.#renewal === undefined ? stillWaiting(this.#plan.what) : this.#renewal.current();
  }

  refused(value: Value): void {
    this.#renewal?.refused(value);
  }

  async successor(value: Value): Promise<Value | undefined> {
    return this.#renewal?.successor(value);
  }
}

class Renewal<Value> {
  /** Fulfilled when the first fetch has ended, with its failure. */
  readonly first: Promise<RouterError | undefined>;
  readonly #clock: Clock;
  readonly #plan: CredentialPlan<Value>;
  #held: Renewed<Value> | undefined;
  #failure: RouterError;
  #isFetching = false;
  #failures = 0;
  #lastRefusal = Number.NEGATIVE_INFINITY;
  #refused: Value | undefined;
  /** While somebody is to have another than the refused one. */
  #replacement: PromiseWithResolvers<void> | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(clock: Clock, plan: CredentialPlan<Value>) {
    this.#clock = clock;
    this.#plan = plan;
    this.#failure = stillWaiting(plan.what);
    this.first = this.#renew().then(() => (this.#held === undefined ? this.#failure : undefined));
  }

  current(): Value | RouterError {
    const held = this.#held;
    if (held === undefined) return this.#failure;
    if (held.expiresAt === undefined || held.expiresAt > this.#clock.wallTime()) return held.value;
    // Its end comes without a fetch before it where somebody set the clock of the system, or the machine slept.
    if (this.#failures === 0 && !this.#isFetching) this.#schedule(0);
    return this.#failure;
  }

  refused(value: Value): void {
    const now = this.#clock.now();
    if (this.#isStopped || this.#held?.value !== value || this.#refused === value || now - this.#lastRefusal < refusedPauseMs) return;
    this.#lastRefusal = now;
    this.#refused = value;
    this.#replacement = Promise.withResolvers();
    this.#schedule(0);
  }

  async successor(value: Value): Promise<Value | undefined> {
    this.refused(value);
    if (this.#refused === value) await this.#replacement?.promise;
    const next = this.current();
    return next instanceof RouterError || next === value ? undefined : next;
  }

  stop(): void {
    this.#isStopped = true;
    this.#clock.cancel(this.#timer);
    this.#endReplacement();
  }

  #endReplacement(): void {
    this.#replacement?.resolve();
    this.#replacement = undefined;
  }

  async #renew(): Promise<void> {
    if (this.#isFetching || this.#isStopped) return;
    this.#isFetching = true;
    const { what } = this.#plan;
    try {
      const held = await this.#fetched();
      this.#held = held;
      this.#failures = 0;
      this.#failure = new RouterError("upstream_auth", `The time of ${what} is over, and no new one has come.`);
      if (held.expiresAt === undefined) return;
      const left = held.expiresAt - this.#clock.wallTime();
      this.#schedule(Math.max(left - Math.min(aheadMs, left / 4), retryMs.first));
    } catch (error) {
      // What is held stays in force until its end.
      this.#failure = this.#failureOf(error);
      this.#schedule(Math.min(retryMs.first * 2 ** this.#failures, retryMs.longest));
      this.#failures++;
    } finally {
      this.#isFetching = false;
      this.#endReplacement();
    }
  }

  #fetched(): Promise<Renewed<Value>> {
    return new Promise((resolve, reject) => {
      const late = new RouterError("upstream_unreachable", `no answer in ${fetchMs / 1_000} s`);
      const timer = this.#clock.schedule(fetchMs, () => reject(late), true);
      const settled = (): void => this.#clock.cancel(timer);
      // What is not there yet must not throw from here either.
      void Promise.resolve()
        .then(() => this.#plan.fetch())
        .then(resolve, reject)
        .finally(settled);
    });
  }

  /** What callers are told. The error itself is kept nowhere: libraries hang requests on it, with all that these hold. */
  #failureOf(error: unknown): RouterError {
    const message = error instanceof Error ? error.message : String(error);
    const reason = withoutCredentials(this.#plan.redact?.(message) ?? message);
    const code = error instanceof RouterError ? error.code : "upstream_auth";
    return new RouterError(code, `Could not get ${this.#plan.what}: ${cutText(reason, longestReason)}`);
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#clock.cancel(this.#timer);
    this.#timer = this.#clock.schedule(delayMs, () => void this.#renew(), true);
  }
}

/** A moment's trouble: the next deployment is asked, and this one soon again. */
function stillWaiting(what: string): RouterError {
  return new RouterError("upstream_overloaded", `Still waiting for ${what}.`, { retryAfterMs: retryMs.first });
}
