import type { Clock, Timer } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import type { Call, FallbackTarget } from "../call.ts";
import { CallAccounting } from "./call-accounting.ts";
import { demandOf, type Demand } from "../pick/demand.ts";
import { eligibility, isLimit, tokensToReserve } from "../pick/eligibility.ts";
import { codeClasses, RouterError } from "../errors.ts";
import { fallbackTargets } from "./fallbacks.ts";
import { noteFailure } from "./cooldown-policy.ts";
import { type HedgeBudget, hasRetryBudget } from "../state/attempt-budgets.ts";
import { GroupAttempts } from "./group-attempts.ts";
import type { KeyLimits } from "../keys/key-limits.ts";
import type { Ledger, Reservation } from "../state/ledger.ts";
import { modelRefusal } from "../keys/model-access.ts";
import { msUntilCapacity, noCapacity } from "../pick/no-capacity.ts";
import type { AttemptKind, RouterObserver } from "../observer.ts";
import type { Outcome } from "../outcome.ts";
import { pickContext } from "../pick/pick-context.ts";
import type { Picker } from "../pick/picker.ts";
import type { DecodedReply, StreamEvent } from "../provider.ts";
import type { AttemptTrace, CallHandle, ReplySink, RouteInfo } from "../reply-sink.ts";
import { decideRetry } from "./retry.ts";
import type { RoutingTable } from "../table/routing-table.ts";
import type { PickContext } from "../strategy.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { Upstream } from "../upstream.ts";
import type { Waiter, WaitQueue } from "./wait-queue.ts";

export interface RunDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly upstream: Upstream;
  readonly picker: Picker;
  readonly queue: WaitQueue;
  readonly hedges: HedgeBudget;
  readonly keys: KeyLimits;
  /** undefined: nobody listens. */
  readonly observer: Required<RouterObserver> | undefined;
  /** Told of faults in this program or in a user's strategy; the caller hears only that something went wrong. */
  onInternalError(error: unknown): void;
}

/** A deployment that was picked for a call, and has the attempt in its books. */
interface ReservedAttempt {
  readonly entry: RoutedDeployment;
  readonly call: Call;
  readonly reservation: Reservation;
}

/** A fallback may come with tags of its own; the key's stay. */
function withKeyTags(call: Call): Call {
  const missing = call.caller?.tags.filter((tag) => !call.tags.includes(tag)) ?? [];
  return missing.length === 0 ? call : { ...call, tags: [...call.tags, ...missing] };
}

/** A call that waits for a benched deployment looks again so often and so many times: 30 s in all, when nothing is known sooner. */
const longestRewaitMs = 1_000;
const shortestRewaitMs = 50;
const mostWaits = 30;

/**
 * One call on its way: the loop of attempts within a group, the stays to other groups, and the one outcome the caller gets. Keeps the table
 * it began with. One number of retries and one deadline hold for all stays together.
 */
export class CallRun implements CallHandle, AttemptOwner {
  readonly #call: Call;
  readonly #sink: ReplySink;
  readonly #table: RoutingTable;
  readonly #deps: RunDeps;
  readonly #books: CallAccounting;
  #groupAttempts: GroupAttempts | undefined;
  #fallbacks = 0;
  readonly #visited = new Set<string>();
  #ahead: readonly FallbackTarget[] = [];
  /** The attempt under way, or the one that the caller hears. */
  #attempt: Attempt | undefined;
  /** A second one beside it, because it is late: whichever has content first goes on. */
  #hedge: Attempt | undefined;
  #hedgeTimer: Timer | undefined;
  #retries = 0;
  readonly #trace: AttemptTrace[] = [];
  #waitTimer: Timer | undefined;
  #waiter: Waiter | undefined;
  #committed = false;
  /** What the caller has of the answer, while it could be resumed; undefined when it could not, or need not. */
  #spoken: string | undefined;
  /** Why the answer had to be resumed: what the caller hears when that fails. */
  #cut: RouterError | undefined;
  #over = false;
  #starting = true;

  constructor(call: Call, sink: ReplySink, table: RoutingTable, deps: RunDeps) {
    this.#call = call;
    this.#sink = sink;
    this.#table = table;
    this.#deps = deps;
    this.#books = new CallAccounting(call, deps.observer, deps.keys);
  }

  start(): void {
    this.#begin();
    this.#starting = false;
  }

  #begin(): void {
    const refusal = modelRefusal(this.#call);
    if (refusal !== undefined) {
      this.#giveUp(refusal);
      return;
    }
    const resolution = this.#table.resolve(this.#call.model);
    if (resolution === undefined) {
      const message = `The model "${this.#call.model}" does not exist here. The list of models (GET /v1/models) has the names that do.`;
      this.#giveUp(new RouterError("model_not_found", message, { param: "model" }));
      return;
    }
    const overLimit = this.#books.admit(resolution.group);
    if (overLimit !== undefined) {
      this.#giveUp(overLimit);
      return;
    }
    this.#visited.add(this.#call.model);
    this.#enter(new GroupAttempts(this.#call, resolution, this.#table.settings.tagFiltering));
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#deps.clock.cancel(this.#waitTimer);
    if (this.#waiter !== undefined) this.#deps.queue.remove(this.#waiter);
    this.#endRace(undefined);
    this.#ended(new RouterError("cancelled", "The caller hung up."), this.#deps.clock.now());
  }

  resume(): void {
    this.#attempt?.resume();
  }

  onAttemptReply(attempt: Attempt, reply: DecodedReply): void {
    const now = this.#leaveAttempt();
    this.#endRace(attempt);
    this.#over = true;
    this.#books.content(now, false);
    this.#books.settle(undefined, now);
    this.#books.follower?.replied?.(reply);
    this.#sink.onReply(reply, this.#route(now));
    this.#ended(undefined, now);
  }

  onAttemptCommit(attempt: Attempt): void {
    const now = this.#leaveAttempt();
    this.#endRace(attempt);
    if (this.#committed) return;
    this.#committed = true;
    this.#books.content(now, true);
    this.#spoken = this.#table.settings.resumeStreams ? "" : undefined;
    this.#sink.onStreamStart(this.#route(now));
  }

  onAttemptEvent(event: StreamEvent): boolean {
    if (event.parts !== undefined && !this.#takesTogether) {
      let isFlowing = true;
      for (const part of event.parts()) isFlowing = !this.#over && this.onAttemptEvent(part) && isFlowing;
      return isFlowing;
    }
    if (this.#spoken !== undefined && event.kind === "content") {
      const text = this.#attempt?.entry.deployment.adapter.readText(event);
      this.#spoken = text === undefined ? undefined : this.#spoken + text;
    }
    this.#books.follower?.streamed?.(event);
    return this.#sink.onStreamEvent(event);
  }

  get #takesTogether(): boolean {
    return this.#sink.takesTogether === true && this.#spoken === undefined && this.#books.follower?.streamed === undefined;
  }

  onAttemptEnd(): void {
    this.#over = true;
    const now = this.#deps.clock.now();
    this.#books.settle(undefined, now);
    this.#sink.onStreamEnd();
    this.#ended(undefined, now);
  }

  onAttemptFailure(attempt: Attempt, error: RouterError): void {
    if (this.#committed) {
      if (!this.#resume(attempt, error)) this.#fail(this.#cut ?? error);
      return;
    }
    const other = attempt === this.#hedge ? this.#attempt : this.#hedge;
    // While another attempt may still answer, not even the caller's fault is final: deployments differ in what they take.
    if (other !== undefined && error.code !== "deadline_exceeded") {
      this.#groupAttempts?.fail(attempt.entry, codeClasses[error.code].failure, this.#mayChangeOrder(error));
      this.#attempt = other;
      this.#hedge = undefined;
      return;
    }
    this.#leaveAttempt();
    this.#endRace(attempt);
    this.#retry(error);
  }

  /**
   * A stream was cut after its first content: another deployment of the group goes on from there, where one can.
   * @returns Whether one does.
   */
  #resume(cut: Attempt, error: RouterError): boolean {
    const groupAttempts = this.#groupAttempts;
    if (groupAttempts === undefined || this.#spoken === undefined || this.#spoken === "" || codeClasses[error.code].failure === "caller")
      return false;
    if (this.#expired() || this.#retries >= this.#retryBound(error, cut.entry).most) return false;
    groupAttempts.fail(cut.entry, codeClasses[error.code].failure, this.#mayChangeOrder(error));
    const plain = this.#demand(groupAttempts);
    // The caller's stream goes on in the format that it began in.
    const format = cut.entry.deployment.adapter.replyFormat(groupAttempts.call);
    const able = (entry: RoutedDeployment): boolean => {
      const { adapter } = entry.deployment;
      const goesOn = adapter.continuation !== undefined && adapter.replyFormat(groupAttempts.call) === format;
      return goesOn && (plain.tagFilter?.(entry) ?? true);
    };
    const demand: Demand = { ...plain, tagFilter: able };
    try {
      const spoken = this.#spoken;
      const booked = this.#book(groupAttempts, demand, (entry) =>
        entry.deployment.adapter.continuation?.resume(groupAttempts.call, spoken),
      );
      if (booked === undefined) return false;
      this.#cut ??= error;
      this.#retries++;
      groupAttempts.enter(booked.entry);
      this.#attempt = this.#prepare(groupAttempts, booked, demand, "resume", cut.entry.id);
      this.#attempt.send();
      return true;
    } catch (cause) {
      this.#deps.onInternalError(cause);
      return false;
    }
  }

  /** One attempt has won, or nobody waits any more: the other is told to stop. */
  #endRace(winner: Attempt | undefined): void {
    this.#deps.clock.cancel(this.#hedgeTimer);
    for (const attempt of [this.#attempt, this.#hedge]) if (attempt !== undefined && attempt !== winner) attempt.cancel();
    this.#attempt = winner ?? this.#attempt;
    this.#hedge = undefined;
  }

  #enter(groupAttempts: GroupAttempts): void {
    this.#groupAttempts = groupAttempts;
    this.#try(groupAttempts, undefined);
  }

  /** @param last The failure before, reported when nothing is left to try. */
  #try(groupAttempts: GroupAttempts, last: RouterError | undefined): void {
    try {
      // Calls that have begun are not held up by those that wait.
      const mustWait = this.#trace.length === 0 && this.#deps.queue.isHeld(groupAttempts.group.name);
      if (!mustWait && this.#go(groupAttempts)) return;
    } catch (cause) {
      this.#giveUp(new RouterError("internal", "The router failed to choose a deployment.", { cause }));
      return;
    }
    this.#onward(
      groupAttempts,
      last ?? noCapacity(groupAttempts.call.model, groupAttempts.group, this.#demand(groupAttempts), this.#deps.ledger),
    );
  }

  /** @returns Whether there was a deployment to go to. */
  #go(groupAttempts: GroupAttempts): boolean {
    const demand = this.#demand(groupAttempts);
    const booked = this.#book(groupAttempts, demand, () => groupAttempts.call);
    if (booked === undefined) return false;
    if (groupAttempts.failures > 0) this.#retries++;
    if (groupAttempts.enter(booked.entry)) this.#deps.ledger.countRepeat(booked.entry.row, demand.now);
    const kind = groupAttempts.failures > 0 ? "retry" : this.#fallbacks > 0 ? "fallback" : "first";
    this.#attempt = this.#prepare(groupAttempts, booked, demand, kind, undefined);
    this.#attempt.send();
    this.#planHedge(groupAttempts, this.#attempt);
    return true;
  }

  /**
   * Picks a deployment and books the attempt there, in one step on all threads: limits hold however many calls come at once.
   * @param callFor What to send there; undefined: nothing can be, and nothing is booked.
   */
  #book(groupAttempts: GroupAttempts, demand: Demand, callFor: (entry: RoutedDeployment) => Call | undefined): ReservedAttempt | undefined {
    const { ledger, picker } = this.#deps;
    ledger.lock();
    try {
      const entry = picker.pick(groupAttempts.group, demand, this.#context(groupAttempts, demand));
      const call = entry && callFor(entry);
      if (entry === undefined || call === undefined) return undefined;
      const { prompt, output } = tokensToReserve(entry, demand, ledger);
      return { entry, call, reservation: ledger.begin(entry.row, demand.now, prompt, output) };
    } finally {
      ledger.unlock();
    }
  }

  #prepare(
    groupAttempts: GroupAttempts,
    { entry, call, reservation }: ReservedAttempt,
    demand: Demand,
    kind: AttemptKind,
    resumedFrom: string | undefined,
  ): Attempt {
    const { deployment } = entry;
    const { settings } = this.#table;
    const upstreamModel = groupAttempts.upstreamModel(deployment);
    const book = this.#books.begin(kind, deployment, upstreamModel, demand.now);
    const plan = {
      call,
      resumedFrom,
      entry,
      strategy: groupAttempts.group.strategy,
      upstreamModel,
      traceHeaders: book.headers,
      onSent: book.onSent,
      reservation,
      startedAt: demand.now,
      timeoutMs: call.timeoutMs ?? deployment.timeoutMs ?? settings.timeoutMs,
      streamTimeoutMs: call.streamTimeoutMs ?? deployment.streamTimeoutMs ?? settings.streamTimeoutMs,
      streamIdleTimeoutMs: settings.streamIdleTimeoutMs,
      onOutcome: (outcome: Outcome, now: number, wasProbe: boolean) => {
        this.#note(entry, groupAttempts, outcome, now, wasProbe);
        book.ended(outcome, now);
      },
    };
    return new Attempt(plan, this, this.#deps);
  }

  #planHedge(groupAttempts: GroupAttempts, first: Attempt): void {
    const settings = this.#table.settings.hedges.get(groupAttempts.group.name);
    if (settings === undefined) return;
    const { clock, hedges, ledger } = this.#deps;
    if (this.#trace.length === 0) hedges.earn(groupAttempts.group.name, settings.maxRatio);
    const afterMs = settings.afterMs === "p95" ? ledger.lateMs(first.entry.row) : settings.afterMs;
    if (afterMs === undefined) return;
    this.#hedgeTimer = clock.schedule(afterMs, () => {
      if (this.#attempt === first && this.#hedge === undefined) this.#startHedge(groupAttempts);
    });
  }

  /** A second attempt elsewhere, where the group has room to spare and the share of hedged calls allows it. */
  #startHedge(groupAttempts: GroupAttempts): void {
    const { hedges, ledger, picker } = this.#deps;
    const demand = this.#demand(groupAttempts);
    const saturated = groupAttempts.group.entries.some((entry) => isLimit(eligibility(entry, demand, ledger)));
    if (saturated || !picker.canPick(groupAttempts.group, demand) || !hedges.spend(groupAttempts.group.name)) return;
    try {
      const booked = this.#book(groupAttempts, demand, () => groupAttempts.call);
      if (booked === undefined) return;
      groupAttempts.enter(booked.entry);
      this.#hedge = this.#prepare(groupAttempts, booked, demand, "hedge", undefined);
      this.#hedge.send();
    } catch (error) {
      // The first attempt is still under way: the call does not depend on this one.
      this.#deps.onInternalError(error);
    }
  }

  /** What an attempt's end means for others: it is traced, its deployment may be benched, and somebody may be waiting for its place. */
  #note(entry: RoutedDeployment, groupAttempts: GroupAttempts, outcome: Outcome, now: number, wasProbe: boolean): void {
    const { ledger, queue } = this.#deps;
    const result = outcome.kind === "failure" ? outcome.error.code : outcome.kind;
    this.#trace.push({ deploymentId: entry.id, group: entry.deployment.group, outcome: result, ms: outcome.totalMs });
    if (outcome.kind === "failure") {
      const until = noteFailure(entry, outcome.error, wasProbe, groupAttempts.group, now, ledger, this.#table.settings.cooldown);
      if (until !== undefined) this.#deps.observer?.cooldownStarted(entry.deployment, outcome.error, now, until);
    }
    queue.wake();
  }

  #retry(error: RouterError): void {
    const { clock, ledger, picker, random } = this.#deps;
    const groupAttempts = this.#groupAttempts;
    const failed = this.#attempt?.entry;
    if (groupAttempts === undefined || failed === undefined) return;
    groupAttempts.fail(failed, codeClasses[error.code].failure, this.#mayChangeOrder(error));
    const now = clock.now();
    const { forced, most } = this.#retryBound(error, failed);
    const decision = decideRetry(
      {
        error,
        failures: groupAttempts.failures,
        retriesLeft: most - this.#retries,
        forced,
        siblingEligible: picker.canPick(groupAttempts.group, this.#demand(groupAttempts)),
        repeatable: groupAttempts.repeatable().some((entry) => hasRetryBudget(entry.row, now, ledger)),
        fallbackLeft: this.#hasFallback(groupAttempts, error),
        now,
        deadline: this.#call.deadline,
        retryAfterMs: this.#table.settings.retryAfterMs,
      },
      random,
    );
    switch (decision.kind) {
      case "next":
        this.#try(groupAttempts, error);
        return;
      case "wait":
        this.#waitAndTry(groupAttempts, error, now + decision.waitMs, false, mostWaits);
        return;
      case "give_up":
        this.#onward(groupAttempts, error);
        return;
    }
  }

  /**
   * Tries again after a wait. Before `fullAt` only a deployment that comes back from its own bench, or was not tried, may be asked: the
   * wait is owed to the others. Calls that failed together wait together, and one of them is the probe of a deployment that was benched:
   * the others wait on for what it shows.
   * @param isServed Whether the whole wait has been served. Not asked of the clock: it may pass `fullAt` between two looks.
   */
  #waitAndTry(groupAttempts: GroupAttempts, error: RouterError, fullAt: number, isServed: boolean, waits: number): void {
    const { clock, ledger } = this.#deps;
    const waitMs = this.#nextLookMs(groupAttempts, isServed ? undefined : fullAt);
    const fits = waitMs !== undefined && (this.#call.deadline === undefined || clock.now() + waitMs < this.#call.deadline);
    if (!fits || waits === 0) {
      this.#onward(groupAttempts, error);
      return;
    }
    this.#waitTimer = clock.schedule(waitMs, () => {
      this.#books.elsewhereMs += waitMs;
      const isFull = clock.now() >= fullAt;
      groupAttempts.forgetTried((row) => (isFull || ledger.isCoolingDown(row)) && hasRetryBudget(row, clock.now(), ledger));
      try {
        if (this.#go(groupAttempts)) return;
      } catch (cause) {
        this.#fail(new RouterError("internal", "The router failed to choose a deployment.", { cause }));
        return;
      }
      this.#waitAndTry(groupAttempts, error, fullAt, isFull, isFull ? waits - 1 : waits);
    });
  }

  /** Milliseconds until it is worth looking again; undefined when nothing is known to come. @param fullAt undefined: that look is done. */
  #nextLookMs(groupAttempts: GroupAttempts, fullAt: number | undefined): number | undefined {
    const soonestMs = this.#soonest(groupAttempts);
    if (fullAt === undefined) return soonestMs === undefined ? undefined : Math.min(soonestMs, longestRewaitMs);
    const untilFullMs = Math.max(fullAt - this.#deps.clock.now(), 0);
    return Math.min(untilFullMs, Math.max(soonestMs ?? untilFullMs, shortestRewaitMs));
  }

  /** Milliseconds until one of the group's deployments may be asked again; undefined when none is known to come back. */
  #soonest(groupAttempts: GroupAttempts): number | undefined {
    const untilMs = msUntilCapacity(groupAttempts.group, { ...this.#demand(groupAttempts), tried: [] }, this.#deps.ledger);
    return untilMs === undefined || untilMs <= 0 ? undefined : untilMs;
  }

  /** How often the call may be retried, and whether a policy says so for this class of failure. */
  #retryBound(error: RouterError, failed: RoutedDeployment): { readonly forced: boolean; readonly most: number } {
    const { settings } = this.#table;
    if (this.#call.numRetries === 0) return { forced: false, most: 0 };
    const policy = settings.groupRetryPolicies.get(failed.deployment.group) ?? settings.retryPolicy;
    const policyClass = codeClasses[error.code].policy;
    const ofClass = policyClass === undefined ? undefined : policy?.[policyClass];
    if (ofClass !== undefined) return { forced: ofClass > 0, most: ofClass };
    return { forced: false, most: this.#call.numRetries ?? failed.deployment.numRetries ?? settings.numRetries };
  }

  #mayChangeOrder(error: RouterError): boolean {
    const statuses = this.#table.settings.orderFallbackStatuses;
    return statuses === undefined || (error.upstream !== undefined && statuses.has(error.upstream.status));
  }

  /** The group has failed the call: its next order, then other groups, then a wait for capacity, then the error. */
  #onward(groupAttempts: GroupAttempts, error: RouterError): void {
    if (this.#expired()) {
      this.#giveUp(error);
      return;
    }
    const { settings } = this.#table;
    const bound = this.#call.maxFallbacks ?? settings.fallbacks.maxFallbacks;
    if (this.#fallbacks < bound && codeClasses[error.code].failure !== "caller" && this.#mayChangeOrder(error)) {
      const higher = groupAttempts.nextOrder();
      if (higher !== undefined && this.#deps.picker.canPick(groupAttempts.group, this.#demand(higher))) {
        this.#fallbacks++;
        this.#enter(higher);
        return;
      }
    }
    this.#ahead = [...this.#ahead, ...fallbackTargets(error, groupAttempts.names, this.#call, settings.fallbacks)];
    const next = this.#fallbacks < bound ? this.#nextTarget() : undefined;
    if (next !== undefined) {
      this.#fallbacks++;
      this.#enter(next);
      return;
    }
    if (error.code === "no_capacity" && this.#wait(groupAttempts, error)) return;
    this.#giveUp(error);
  }

  #hasFallback(groupAttempts: GroupAttempts, error: RouterError): boolean {
    const { settings } = this.#table;
    if (this.#fallbacks >= (this.#call.maxFallbacks ?? settings.fallbacks.maxFallbacks)) return false;
    const targets = [...this.#ahead, ...fallbackTargets(error, groupAttempts.names, this.#call, settings.fallbacks)];
    return targets.some(({ model }) => !this.#visited.has(model) && this.#table.resolve(model) !== undefined);
  }

  /** The next fallback that was not tried yet and exists. */
  #nextTarget(): GroupAttempts | undefined {
    for (;;) {
      const [target, ...rest] = this.#ahead;
      if (target === undefined) return undefined;
      this.#ahead = rest;
      if (this.#visited.has(target.model)) continue;
      this.#visited.add(target.model);
      const resolution = this.#table.resolve(target.model);
      if (resolution === undefined) continue;
      const named: Call = { ...this.#call, model: target.model };
      const call = target.amend === undefined ? named : target.amend(named);
      if (call === undefined) continue;
      return new GroupAttempts(withKeyTags(call), resolution, this.#table.settings.tagFiltering);
    }
  }

  /** @returns Whether the call may wait. */
  #wait(groupAttempts: GroupAttempts, error: RouterError): boolean {
    const { clock, queue } = this.#deps;
    const { timeoutMs, size } = this.#table.settings.queue;
    if (timeoutMs <= 0 || queue.length >= size) return false;
    const arrivedAt = clock.now();
    const waiter: Waiter = {
      group: groupAttempts.group.name,
      priority: this.#call.priority,
      until: Math.min(arrivedAt + timeoutMs, this.#call.deadline ?? Number.POSITIVE_INFINITY),
      arrivedAt,
      tryNow: () => {
        this.#books.elsewhereMs += clock.now() - (arrivedAt + waited);
        this.#books.queued(clock.now() - (arrivedAt + waited));
        waited = clock.now() - arrivedAt;
        try {
          if (this.#go(groupAttempts)) {
            this.#waiter = undefined;
            return true;
          }
        } catch (cause) {
          this.#fail(new RouterError("internal", "The router failed to choose a deployment.", { cause }));
          return true;
        }
        const untilMs = msUntilCapacity(groupAttempts.group, this.#demand(groupAttempts), this.#deps.ledger);
        return untilMs === undefined ? undefined : clock.now() + untilMs;
      },
      giveUp: () => {
        this.#waiter = undefined;
        this.#books.queued(clock.now() - (arrivedAt + waited));
        if (this.#expired()) this.#fail(new RouterError("deadline_exceeded", "The call's deadline ran out while it waited for capacity."));
        else this.#fail(noCapacity(groupAttempts.call.model, groupAttempts.group, this.#demand(groupAttempts), this.#deps.ledger));
      },
    };
    let waited = 0;
    this.#waiter = waiter;
    queue.add(waiter, error.retryAfterMs === undefined ? undefined : arrivedAt + error.retryAfterMs);
    return true;
  }

  #expired(): boolean {
    return this.#call.deadline !== undefined && this.#deps.clock.now() >= this.#call.deadline;
  }

  #fail(error: RouterError): void {
    if (error.code === "internal") this.#deps.onInternalError(error);
    this.#over = true;
    const now = this.#deps.clock.now();
    this.#books.settle(error, now);
    this.#sink.onFailure(error, this.#route(now));
    this.#ended(error, now);
  }

  /** The call is over, and its caller has been told. */
  #ended(error: RouterError | undefined, now: number): void {
    const attempted = this.#attempt?.entry.deployment;
    // The configured one: a name that stands for others (an alias, an address) is not.
    const group = attempted?.group ?? this.#groupAttempts?.group.entries[0]?.deployment.group ?? "";
    this.#books.end({ error, now, group, deployment: attempted, retries: this.#retries, fallbacks: this.#fallbacks });
  }

  /** A sink is never called from within `start`, whatever is known already. */
  #giveUp(error: RouterError): void {
    if (!this.#starting) {
      this.#fail(error);
      return;
    }
    queueMicrotask(() => {
      if (!this.#over) this.#fail(error);
    });
  }

  /** @returns The moment at which it was left. */
  #leaveAttempt(): number {
    const now = this.#deps.clock.now();
    if (this.#attempt !== undefined) this.#books.elsewhereMs += now - this.#attempt.sentAt;
    return now;
  }

  #demand(groupAttempts: GroupAttempts): Demand {
    return demandOf(groupAttempts.call, groupAttempts, this.#table.settings, this.#deps.clock.now());
  }

  #context(groupAttempts: GroupAttempts, demand: Demand): PickContext {
    return pickContext(groupAttempts.group, demand, groupAttempts.call.stream, this.#deps.ledger);
  }

  #streaming(): AttemptTrace {
    const attempt = this.#attempt;
    const ms = attempt === undefined ? 0 : this.#deps.clock.now() - attempt.sentAt;
    return { deploymentId: attempt?.entry.id ?? "", group: attempt?.entry.deployment.group ?? "", outcome: "streaming", ms };
  }

  #route(now: number): RouteInfo {
    const attempted = this.#attempt?.entry;
    return {
      deploymentId: attempted?.id ?? "",
      group: attempted?.deployment.group ?? this.#groupAttempts?.group.name ?? "",
      attemptedRetries: this.#retries,
      attemptedFallbacks: this.#fallbacks,
      trace: this.#committed && !this.#over ? [...this.#trace, this.#streaming()] : this.#trace,
      overheadMs: this.#books.answered(now),
      costUsd: this.#committed ? undefined : this.#books.costUsd,
    };
  }
}
