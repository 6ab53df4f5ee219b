import type { Timer } from "../../lib/clock.ts";
import type { Call } from "../call.ts";
import { codeClasses, RouterError } from "../errors.ts";
import type { AttemptKind } from "../observer.ts";
import type { DecodedReply, ResumedAnswer, StreamEvent } from "../provider.ts";
import type { AttemptTrace, CallHandle, ReplySink } from "../reply-sink.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { RoutingTable } from "../table/routing-table.ts";
import { CallAccounting } from "./accounting.ts";
import { endWithFailure, endWithReply, endWithStream } from "./call-end.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import type { AttemptEnd } from "./attempt-plan.ts";
import { askedAt, ended, letGo, routing, starting, type CallState } from "./call-state.ts";
import { noteEnd } from "./cooldown-policy.ts";
import { withLivePin, destinationOf, FallbackPath } from "./fallbacks.ts";
import { GroupAttempts } from "./group-attempts.ts";
import { Keepalive } from "./keepalive.ts";
import { reserveHedge, scheduleHedge } from "./race.ts";
import { Recovery } from "./recovery.ts";
import { canReserve, reserveAttempt, type ReservedAttempt } from "./reserve.ts";
import { decideRetry, retryBound } from "./retry.ts";
import type { RunDeps } from "./run-deps.ts";
import { lateInQueue, longestWaitMs, QueueWait, type QueueWaitPlan } from "./queue-wait.ts";
import { MediaWait, RetryWait, type WaitOwner } from "./waiting.ts";

/**
 * One call on its way: the attempts within a group, the stays in other groups, and the one outcome that the caller gets. It keeps the table
 * that it began with. One number of retries and one deadline hold for all stays together. Its states are drawn in `call-state.ts`.
 * Longer than 400 lines because the ways from state to state stand together.
 */
export class CallRun implements CallHandle, AttemptOwner, WaitOwner {
  #call: Call;
  readonly #sink: ReplySink;
  readonly #table: RoutingTable;
  readonly #deps: RunDeps;
  readonly #accounting: CallAccounting;
  #state: CallState = starting;
  /** Made when a group has failed the call. */
  #path: FallbackPath | undefined;
  /** Until when the call waits for leases. Undefined before the first wait. */
  #leaseUntil: number | undefined;
  /** Undefined for calls whose callers get no signs of life. */
  #keepalive: Keepalive | undefined;

  constructor(call: Call, sink: ReplySink, table: RoutingTable, deps: RunDeps) {
    this.#call = call;
    this.#sink = sink;
    this.#table = table;
    this.#deps = deps;
    this.#accounting = new CallAccounting(call, deps.observer, deps.keys);
  }

  /** Chooses a deployment and sends the request. Called once. */
  start(): void {
    this.#call = withLivePin(this.#call, this.#table);
    this.#enter();
  }

  #enter(): void {
    const resolution = destinationOf(this.#call, this.#table, this.#accounting);
    if (resolution instanceof RouterError) {
      const { keys } = this.#deps;
      const { caller } = this.#call;
      const isAsked = (): boolean => caller !== undefined && keys.isAsked(caller);
      if (!this.#awaitLease(isAsked, () => this.#enter())) this.#giveUp(resolution);
      return;
    }
    const usualMs = this.#table.settings.keepaliveMs;
    this.#keepalive = Keepalive.of(this.#call, this.#sink, { accounting: this.#accounting, clock: this.#deps.clock, usualMs }, (error) =>
      this.#fail(error),
    );
    const groupAttempts = new GroupAttempts(this.#call, resolution, this.#table.settings);
    const wait = MediaWait.of(groupAttempts, this.#deps, (fetched) => this.#goOnWith(fetched));
    if (wait === undefined) this.#try(groupAttempts, undefined);
    else this.#become({ name: "waiting", wait });
  }

  #goOnWith(fetched: GroupAttempts | RouterError): void {
    this.#become(routing);
    if (fetched instanceof RouterError) {
      this.#fail(fetched);
      return;
    }
    this.#call = fetched.call;
    this.#try(fetched, undefined);
  }

  cancel(): void {
    if (this.#state.name === "ended") return;
    this.#accounting.isAbandoned = true;
    this.#become(ended);
    this.#accounting.end(new RouterError("cancelled", "The caller hung up."), this.#deps.clock.now());
  }

  resume(): void {
    if (this.#state.name === "streaming") this.#state.attempt.resume();
  }

  mayDivert({ plan: { groupAttempts } }: Attempt, refused: RouterError): boolean {
    const lists = this.#call.contentPolicyFallbacks ?? this.#table.settings.fallbacks.contentPolicy;
    return lists.size > 0 && !this.#isExpired() && this.#fallbackPath().leadsOn(groupAttempts, refused);
  }

  onAttemptCommit(attempt: Attempt): void {
    const now = this.#countAttemptTime();
    if (this.#state.name === "streaming") return;
    this.#become({ name: "streaming", attempt, recovery: this.#table.settings.resumeStreams ? new Recovery() : undefined });
    this.#accounting.content(now, true);
    const { id, deployment } = attempt.entry;
    const going: AttemptTrace = { deploymentId: id, group: deployment.group, outcome: "streaming", ms: now - attempt.sentAt };
    this.#sink.onStreamStart(this.#accounting.route(now, going, undefined));
  }

  onAttemptEvent(event: StreamEvent): boolean {
    const state = this.#state;
    if (state.name !== "streaming") return false;
    const { recovery } = state;
    const isRecorded = recovery?.isListening === true;
    const { follower } = this.#accounting;
    if (event.parts !== undefined && (isRecorded || this.#sink.takesTogether !== true || follower?.streamed !== undefined)) {
      let isFlowing = true;
      for (const part of event.parts()) isFlowing = this.#state === state && this.onAttemptEvent(part) && isFlowing;
      return isFlowing;
    }
    if (isRecorded && event.kind === "content") recovery.hear(event, state.attempt.entry);
    follower?.streamed?.(event);
    const isFlowing = this.#sink.onStreamEvent(event);
    const spent = this.#accounting.countGoing(event.usage, state.attempt.plan, this.#deps);
    if (spent !== undefined) this.#fail(spent);
    return isFlowing;
  }

  onAttemptEnd(attempt: Attempt, end: AttemptEnd, now: number): void {
    if (end.kind === "failed" && end.outcome.kind === "cancelled") this.#accounting.isAbandoned = true;
    this.#note(attempt, end, now);
    switch (end.kind) {
      case "replied":
        this.#reply(attempt, end.reply);
        return;
      case "streamed":
        this.#endStream();
        return;
      case "failed":
        this.#failed(attempt, end.error);
        return;
      case "cancelled":
        return;
      default:
        end satisfies never;
    }
  }

  /** What an attempt's end means for others: it is traced, its deployment may cool down, and a call may be waiting for its place. */
  #note({ plan, hasContent }: Attempt, { outcome }: AttemptEnd, now: number): void {
    const { ledger, observer, queue } = this.#deps;
    const { entry, groupAttempts, observation, reservation } = plan;
    this.#accounting.traced(entry.deployment, outcome);
    const ended = { entry, endpoint: this.#call.endpoint, group: groupAttempts.group, wasProbe: reservation.probe, now };
    const { cooldown } = this.#table.settings;
    const begun = noteEnd(ended, outcome, hasContent, ledger, cooldown);
    if (begun !== undefined) observer?.cooldownStarted(entry.deployment, begun.error, now, begun.until);
    queue.wake();
    observation.ended(outcome, now);
  }

  #reply(attempt: Attempt, reply: DecodedReply): void {
    const now = this.#countAttemptTime();
    this.#accounting.standsWith(attempt.plan);
    this.#become(ended);
    this.#accounting.content(now, false);
    endWithReply(this.#sink, reply, this.#accounting, now, this.#deps);
  }

  #endStream(): void {
    this.#become(ended);
    endWithStream(this.#sink, this.#accounting, this.#deps.clock.now(), this.#deps);
  }

  #failed(attempt: Attempt, error: RouterError): void {
    const state = this.#state;
    const { groupAttempts } = attempt.plan;
    if (state.name === "streaming") {
      const { recovery } = state;
      if (recovery === undefined || !this.#recoverStream(recovery, attempt, error)) this.#fail(recovery?.cut ?? error);
      return;
    }
    // While another attempt may still answer, not even the caller's fault is final: deployments differ in what they take.
    if (state.name === "racing" && error.code !== "deadline_exceeded") {
      groupAttempts.fail(attempt.entry, error);
      this.#become({ name: "attempting", attempt: attempt === state.second ? state.first : state.second, hedgeTimer: undefined });
      return;
    }
    this.#countAttemptTime();
    this.#accounting.standsWith(attempt.plan);
    this.#become(routing);
    groupAttempts.fail(attempt.entry, error);
    this.#retry(groupAttempts, attempt.entry, error);
  }

  /** A stream was cut after its first content. @returns Whether another deployment of the group goes on from there. */
  #recoverStream(recovery: Recovery, { entry: cut, plan }: Attempt, error: RouterError): boolean {
    const { groupAttempts } = plan;
    if (!recovery.isPossible || codeClasses[error.code].failure === "caller" || this.#isExpired()) return false;
    if (this.#accounting.retries >= retryBound(error, cut.deployment, this.#call, this.#table.settings).most) return false;
    groupAttempts.fail(cut, error);
    try {
      const demand = recovery.demandOf(groupAttempts.demand(this.#deps.clock.now()), cut, groupAttempts.call);
      const reserved = reserveAttempt(groupAttempts, demand, this.#deps, (entry) => recovery.callFor(entry, groupAttempts.call, cut.id));
      if (reserved === undefined) return false;
      recovery.noteCut(error);
      this.#accounting.retries++;
      groupAttempts.enter(reserved.entry);
      const attempt = this.#send(reserved, "resume", recovery.resumed);
      this.#become({ name: "streaming", attempt, recovery });
      return true;
    } catch (cause) {
      this.#deps.onInternalError(cause);
      return false;
    }
  }

  /** @param last The failure before, reported when nothing is left to try. */
  #try(groupAttempts: GroupAttempts, last: RouterError | undefined): void {
    this.#accounting.group = groupAttempts.group;
    // Calls that have begun are not held up by those that wait.
    const isBehind = this.#accounting.trace.length === 0 && this.#deps.queue.waitsFor(groupAttempts.group.name);
    if (isBehind ? this.#takeTurn(groupAttempts) : this.goNow(groupAttempts)) return;
    const isAsked = (): boolean => groupAttempts.isAsked(this.#deps.ledger);
    if (this.#awaitLease(isAsked, () => this.#try(groupAttempts, last))) return;
    this.#onward(groupAttempts, last ?? this.#noCapacity(groupAttempts));
  }

  /** Waits for the store's word on what the call lacks of a limit that nodes share, where it was asked. @returns Whether it waits. */
  #awaitLease(isAsked: () => boolean, goOn: () => void): boolean {
    const { leases, clock } = this.#deps;
    if (leases === undefined || !isAsked()) return false;
    this.#leaseUntil ??= leases.latest();
    if (clock.now() >= this.#leaseUntil) return false;
    const wait = leases.begin(this.#accounting, this.#leaseUntil, isAsked, () => {
      this.#become(routing);
      goOn();
    });
    this.#become({ name: "waiting", wait });
    return true;
  }

  goNow(groupAttempts: GroupAttempts): boolean {
    const { clock, ledger } = this.#deps;
    try {
      const reserved = reserveAttempt(groupAttempts, groupAttempts.demand(clock.now()), this.#deps);
      if (reserved === undefined) return false;
      if (groupAttempts.failures > 0) this.#accounting.retries++;
      if (groupAttempts.enter(reserved.entry)) ledger.countRepeat(reserved.entry.row, reserved.now);
      const kind = groupAttempts.failures > 0 ? "retry" : this.#accounting.fallbacks > 0 ? "fallback" : "first";
      const attempt = this.#send(reserved, kind, undefined);
      this.#become({ name: "attempting", attempt, hedgeTimer: this.#planHedge(attempt) });
    } catch (cause) {
      this.#giveUp(new RouterError("internal", "The router failed to choose a deployment.", { cause }));
    }
    return true;
  }

  #send(reserved: ReservedAttempt, kind: AttemptKind, resumed: ResumedAnswer | undefined): Attempt {
    const { groupAttempts, now: startedAt } = reserved;
    const { deployment } = reserved.entry;
    const upstreamModel = groupAttempts.upstreamModel(deployment);
    const bounds = groupAttempts.bounds(deployment);
    const observation = this.#accounting.begin(kind, deployment, upstreamModel, startedAt);
    const plan = { ...reserved, upstreamModel, startedAt, bounds, resumed, observation };
    const attempt = new Attempt(plan, this, this.#deps);
    attempt.send();
    return attempt;
  }

  #planHedge(first: Attempt): Timer | undefined {
    const settings = this.#table.settings.hedges.get(first.plan.groupAttempts.group.name);
    return settings && scheduleHedge(first.plan, this.#accounting.trace.length === 0, settings, this.#deps, () => this.#startHedge(first));
  }

  #startHedge(first: Attempt): void {
    const { groupAttempts } = first.plan;
    try {
      const reserved = reserveHedge(groupAttempts, this.#deps);
      if (reserved === undefined) return;
      groupAttempts.enter(reserved.entry);
      const second = this.#send(reserved, "hedge", undefined);
      this.#become({ name: "racing", first, second });
    } catch (error) {
      // The first attempt is still under way: the call does not depend on this one.
      this.#deps.onInternalError(error);
    }
  }

  #retry(groupAttempts: GroupAttempts, failed: RoutedDeployment, error: RouterError): void {
    const { clock, ledger, picker, random } = this.#deps;
    const { settings } = this.#table;
    const now = clock.now();
    const { deadline } = this.#call;
    const { forced, most } = retryBound(error, failed.deployment, this.#call, settings);
    const decision = decideRetry(
      {
        error,
        failures: groupAttempts.failures,
        retriesLeft: most - this.#accounting.retries,
        forced,
        siblingEligible: canReserve(groupAttempts, now, picker),
        repeatable: groupAttempts.mayRepeat(now, ledger),
        fallbackLeft: this.#fallbackPath().leadsOn(groupAttempts, error),
        now,
        deadline,
        retryAfterMs: settings.retryAfterMs,
      },
      random,
    );
    switch (decision.kind) {
      case "next":
        this.#try(groupAttempts, error);
        return;
      case "wait": {
        const wait = new RetryWait({ groupAttempts, error, fullAt: now + decision.waitMs, deadline }, this, this.#accounting, this.#deps);
        if (wait.begin()) this.#become({ name: "waiting", wait });
        else this.#onward(groupAttempts, error);
        return;
      }
      case "give_up":
        this.#onward(groupAttempts, error);
        return;
      default:
        decision satisfies never;
    }
  }

  /** The group has failed the call: its next order, then other groups, then a wait for capacity, then the error. */
  #onward(groupAttempts: GroupAttempts, error: RouterError): void {
    if (!this.#isExpired()) {
      const { clock, picker } = this.#deps;
      const next = this.#fallbackPath().next(groupAttempts, error, (higher) => canReserve(higher, clock.now(), picker));
      if (next !== undefined) {
        this.#accounting.fallbacks++;
        this.#try(next, undefined);
        return;
      }
      if (error.code === "no_capacity" && this.#queue(groupAttempts, error)) return;
    }
    this.#giveUp(this.#fallbackPath().verdict(error));
  }

  onWaitOver(groupAttempts: GroupAttempts, error: RouterError): void {
    this.#become(routing);
    this.#onward(groupAttempts, error);
  }

  /** @returns Whether the call is taken care of: it waits in the queue, or need not. */
  #queue(groupAttempts: GroupAttempts, { retryAfterMs }: RouterError): boolean {
    const wait = QueueWait.placeFor(this.#waitPlan(groupAttempts), this.#table.settings);
    if (wait instanceof QueueWait) {
      this.#become({ name: "waiting", wait });
      this.#deps.queue.add(wait, retryAfterMs === undefined ? undefined : wait.arrivedAt + retryAfterMs);
    } else if (wait !== undefined) this.#giveUp(wait);
    return wait !== undefined;
  }

  /** Goes ahead now where it is the call's turn among those that wait. @returns Whether it has. */
  #takeTurn(groupAttempts: GroupAttempts): boolean {
    return this.#deps.queue.offer(
      new QueueWait(this.#waitPlan(groupAttempts), longestWaitMs(groupAttempts.group, this.#table.settings.queue.timeoutMs)),
    );
  }

  #waitPlan(groupAttempts: GroupAttempts): QueueWaitPlan {
    return { groupAttempts, owner: this, accounting: this.#accounting, deps: this.#deps };
  }

  onQueueTimeout(groupAttempts: GroupAttempts): void {
    this.#fail(this.#isExpired() ? lateInQueue() : this.#noCapacity(groupAttempts));
  }

  /** The one place where the state changes. What the state before holds and the next does not is let go. */
  #become(next: CallState): void {
    const left = this.#state;
    this.#state = next;
    if (next.name === "attempting" || next.name === "streaming") this.#accounting.standsWith(next.attempt.plan);
    this.#keepalive?.follow(next);
    letGo(left, next, this.#deps.clock);
  }

  /** Fails the call; from within the router's `start` in a step of its own. */
  #giveUp(error: RouterError): void {
    if (!this.#isStarting) this.#fail(error);
    else {
      queueMicrotask(() => {
        if (this.#isStarting) this.#fail(error);
      });
    }
  }

  get #isStarting(): boolean {
    return this.#state.name === "routing" && this.#state.inStart;
  }

  #fail(error: RouterError): void {
    if (error.code === "internal") this.#deps.onInternalError(error);
    this.#become(ended);
    endWithFailure(this.#sink, error, this.#accounting, this.#deps.clock.now(), this.#deps);
  }

  /** The time since a deployment was asked is spent elsewhere. @returns Now. */
  #countAttemptTime(): number {
    const now = this.#deps.clock.now();
    this.#accounting.elsewhereMs += now - (askedAt(this.#state) ?? now);
    return now;
  }

  #fallbackPath(): FallbackPath {
    return (this.#path ??= new FallbackPath(this.#call, this.#table));
  }

  #isExpired(): boolean {
    return this.#call.deadline !== undefined && this.#deps.clock.now() >= this.#call.deadline;
  }

  #noCapacity(groupAttempts: GroupAttempts): RouterError {
    return groupAttempts.unavailable(this.#deps.clock.now(), this.#deps.ledger);
  }
}
