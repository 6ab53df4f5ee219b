import type { Clock } from "../../lib/clock.ts";
import type { Call } from "../call.ts";
import type { Deployment } from "../deployment.ts";
import { cutText } from "../../lib/cut-text.ts";
import { RouterError, type ErrorCode } from "../errors.ts";
import { costOf, dearestPrices } from "../keys/prices.ts";
import { promptBytes } from "../pick/demand.ts";
import type { Admission, KeyLimits } from "../keys/key-limits.ts";
import { toldLimits } from "../keys/told-limits.ts";
import type { AttemptKind, AttemptStart, CallObserver, RouterObserver } from "../observer.ts";
import type { Outcome, Usage } from "../outcome.ts";
import type { AttemptTrace, RouteInfo } from "../reply-sink.ts";
import type { Group } from "../table/group.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { Resolution } from "../table/routing-table.ts";
import type { Ledger } from "../state/ledger.ts";
import type { BegunAttempt } from "../state/reservation.ts";
import { addUsage, usageSince } from "./spent-usage.ts";

/** One attempt as it is accounted for, and as observers follow it. */
export interface AttemptObservation {
  /** Added to its request, lower-case names. Undefined when no observer adds any. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Called with the scheme, host and port that the request goes to. Undefined when no observer asks. */
  readonly onSent: ((origin: string) => void) | undefined;
  /** As `UpstreamRequest.adjusted`, of the request that went out. */
  adjusted?: readonly string[] | undefined;
  /** @param now On the router's clock. */
  ended(outcome: Outcome, now: number): void;
}

/** An attempt as the accounting of its call knows it. */
interface AccountedAttempt {
  readonly entry: Pick<RoutedDeployment, "deployment">;
  readonly observation: AttemptObservation;
}

/** An attempt that is counted while it goes on. */
interface GoingAttempt extends Pick<BegunAttempt, "reservation"> {
  readonly entry: RoutedDeployment;
  readonly upstreamModel: string;
}

/**
 * The accounting of one call: where it was, what it used, cost and waited, over all attempts; what it has of its key's limits; and what
 * its caller and observers hear of all that. Decides nothing.
 */
export class CallAccounting {
  /** Attempts begun. */
  attempts = 0;
  /** Attempts that were retries, those that went on with a cut stream included. */
  retries = 0;
  /** How often the call went on to another group or another order. */
  fallbacks = 0;
  /** The group that the call is in, or was in last. */
  group: Group | undefined;
  /** Every attempt that has ended, in order. */
  readonly trace: AttemptTrace[] = [];
  /** Milliseconds spent on deployments and on waiting for them: the rest is the router's own. */
  elsewhereMs = 0;
  /** US dollars, as far as they are known; undefined while none are. */
  costUsd: number | undefined;
  /** Whether the caller has had the first content of a stream. */
  isStreaming = false;
  /** Whether the response to a stream was opened before its first content was there. */
  isOpenedEarly = false;
  /** Whether the caller has given up waiting: what its attempts have used until then is the call's. */
  isAbandoned = false;
  readonly #call: Call;
  readonly #observer: Required<RouterObserver> | undefined;
  readonly #keys: KeyLimits;
  readonly #follower: CallObserver | undefined;
  /** How the last attempt that failed went wrong. */
  #lastFailure: ErrorCode | undefined;
  #firstContentAt: number | undefined;
  #queuedMs = 0;
  /** When the caller was answered, or told of the end. */
  #overheadMs = 0;
  #usage: Usage | undefined;
  /** What was counted of the attempt that goes on. */
  #counted: Usage | undefined;
  /** The attempt that answers, is made, or was made last. */
  #latest: AccountedAttempt | undefined;
  /** What the call has of its key's limits and budget, until it ends. */
  #admission: Admission | undefined;
  /** What the caller's key had spent when the call was settled. */
  #keySpendUsd: number | undefined;

  constructor(call: Call, observer: Required<RouterObserver> | undefined, keys: KeyLimits) {
    this.#call = call;
    this.#observer = observer;
    this.#keys = keys;
    this.#follower = observer?.callStarted(call);
  }

  get follower(): CallObserver | undefined {
    return this.#follower;
  }

  /** Called once for a call, however many attempts it takes: a key's limits count calls. @returns Why the call may not begin. */
  admit(resolution: Resolution): RouterError | undefined {
    const { caller, model, maxOutputTokens, answers, units, intake } = this.#call;
    if (caller === undefined) return undefined;
    const demand = { requestBytes: promptBytes(this.#call), maxOutputTokens, answers, units };
    const admission = this.#keys.admit(caller, demand, dearestPrices(resolution, model), intake?.takePlace());
    if (admission instanceof RouterError) return admission;
    this.#admission = admission;
    return undefined;
  }

  /** Called before an attempt is made. */
  begin(kind: AttemptKind, deployment: Deployment, upstreamModel: string, startedAt: number): AttemptObservation {
    const number = ++this.attempts;
    const after = kind === "first" || kind === "hedge" ? undefined : this.#lastFailure;
    const observer = this.#observer;
    if (observer === undefined) {
      return { headers: undefined, onSent: undefined, ended: (outcome) => void this.#count(deployment, upstreamModel, outcome) };
    }
    const start: AttemptStart = { number, kind, deployment, upstreamModel, startedAt, after };
    const follower = this.#follower?.attemptStarted?.(start);
    return {
      headers: follower?.headers,
      onSent: follower?.sent?.bind(follower),
      ended: (outcome, endedAt) => {
        const record = { ...start, endedAt, outcome, costUsd: this.#count(deployment, upstreamModel, outcome) };
        observer.attemptEnded(record, this.#call);
        follower?.ended?.(record);
      },
    };
  }

  /** Takes note of the attempt that the call now stands with. */
  standsWith(plan: AccountedAttempt): void {
    this.#latest = plan;
  }

  /** Adds an attempt that has ended to the trace. */
  traced({ id: deploymentId, group }: Deployment, outcome: Outcome): void {
    const { totalMs: ms } = outcome;
    if (outcome.kind !== "failure") this.trace.push({ deploymentId, group, outcome: outcome.kind, ms });
    else {
      const { code, upstream } = outcome.error;
      this.trace.push({ deploymentId, group, outcome: code, ms, ...(upstream !== undefined && { status: upstream.status }) });
    }
  }

  /** Takes note that the first content of a stream, or the whole reply, is there. */
  content(now: number, isStream: boolean): void {
    this.#firstContentAt = now;
    this.isStreaming = isStream;
  }

  /** Adds time spent in the queue for capacity. */
  queued(ms: number): void {
    this.#queuedMs += ms;
  }

  /**
   * The caller is answered, or told of the end, at this moment.
   * @param going The attempt whose stream begins now. Undefined when none does.
   * @param costUsd US dollars; undefined when it is not known yet.
   */
  route(now: number, going: AttemptTrace | undefined, costUsd: number | undefined): RouteInfo {
    // What a stream takes once it has begun is the deployment's time.
    if (!this.isStreaming || going !== undefined) this.#overheadMs = Math.max(now - this.#call.arrivedAt - this.elsewhereMs, 0);
    const deployment = this.#latest?.entry.deployment;
    return {
      deploymentId: deployment?.id ?? "",
      group: deployment?.group ?? this.group?.name ?? "",
      attemptedRetries: this.retries,
      attemptedFallbacks: this.fallbacks,
      trace: going === undefined ? this.trace : [...this.trace, going],
      adjusted: toldParameters(this.#latest?.observation.adjusted),
      overheadMs: this.#overheadMs,
      costUsd,
      keySpendUsd: this.#admission === undefined ? this.#keySpendUsd : this.#keys.spentUsd(this.#admission),
      rateLimits: toldLimits(this.#keys, this.#call.caller, this.group, now),
    };
  }

  /**
   * Counts what a call in messages has used so far, while it goes on.
   * @param usage All of the attempt; undefined where an event told none. What was counted of it before is not counted again.
   * @returns Why the call may not go on.
   */
  countGoing(
    usage: Usage | undefined,
    { entry, reservation, upstreamModel }: GoingAttempt,
    { clock, ledger }: { readonly clock: Clock; readonly ledger: Ledger },
  ): RouterError | undefined {
    if (usage === undefined || this.#call.messages === undefined) return undefined;
    const used = usageSince(usage, this.#counted);
    this.#counted = usage;
    const { deployment, row } = entry;
    ledger.count(row, clock.now(), reservation, used);
    const admission = this.#admission;
    if (admission === undefined) return undefined;
    const refusal = this.#keys.count(admission, used, costOf(used, deployment.pricesOf?.(upstreamModel) ?? deployment));
    // What it has used by then is its caller's to pay.
    if (refusal !== undefined) this.isAbandoned = true;
    return refusal;
  }

  /** Called before the caller hears of the end, so that its next call finds the place free. Later calls change nothing. */
  settle(error: RouterError | undefined, now: number): void {
    const admission = this.#admission;
    if (admission === undefined) {
      this.#call.intake?.leave();
      return;
    }
    this.#admission = undefined;
    this.#keySpendUsd = this.#keys.settle(admission, this.#outcome(error, now), this.costUsd);
  }

  /** Called when the call is over and its caller has been told. */
  end(error: RouterError | undefined, now: number): void {
    this.settle(error, now);
    if (this.#observer === undefined) return;
    const { arrivedAt } = this.#call;
    const deployment = this.#latest?.entry.deployment;
    const record = {
      call: this.#call,
      // The configured one: a name that stands for others (an alias, an address) is not.
      group: deployment?.group ?? this.group?.entries[0]?.deployment.group ?? "",
      deployment,
      error,
      startedAt: arrivedAt,
      endedAt: now,
      attempts: this.attempts,
      trace: this.trace,
      retries: this.retries,
      fallbacks: this.fallbacks,
      adjusted: toldParameters(this.#latest?.observation.adjusted),
      firstTokenMs: this.#firstContentAt === undefined ? undefined : this.#firstContentAt - arrivedAt,
      queuedMs: this.#queuedMs,
      overheadMs: this.#overheadMs,
      usage: this.#usage,
      costUsd: this.costUsd,
    };
    this.#observer.callEnded(record);
    this.#follower?.ended?.(record);
  }

  /** Adds up what the call uses. @returns What the attempt cost. */
  #count(deployment: Deployment, upstreamModel: string, outcome: Outcome): number | undefined {
    if (outcome.kind === "failure") this.#lastFailure = outcome.error.code;
    const { usage } = outcome;
    if (usage === undefined) return undefined;
    const costUsd = costOf(usage, deployment.pricesOf?.(upstreamModel) ?? deployment);
    // An attempt that lost a race is the deployment's to count, and not the caller's to pay.
    if (outcome.kind === "cancelled" && !this.isAbandoned) return costUsd;
    this.#usage = addUsage(this.#usage, usage);
    if (costUsd !== undefined) this.costUsd = (this.costUsd ?? 0) + costUsd;
    return costUsd;
  }

  /** How the call as a whole went, to its key. */
  #outcome(error: RouterError | undefined, now: number): Outcome {
    const { arrivedAt, stream } = this.#call;
    const totalMs = now - arrivedAt;
    if (error === undefined) {
      return { kind: "success", firstTokenMs: (this.#firstContentAt ?? now) - arrivedAt, totalMs, stream, usage: this.#usage };
    }
    // What was used by then was counted, whoever gave up.
    const isAbandoned = error.code === "cancelled" || error.code === "deadline_exceeded";
    return isAbandoned
      ? { kind: "cancelled", totalMs, begun: this.isStreaming, usage: this.#usage }
      : { kind: "failure", error, totalMs, begun: this.isStreaming, usage: this.#usage };
  }
}

/** Callers may name what they like: more than these are nobody's parameters. */
const mostNames = 50;
const longestName = 64;

/** The names of parameters as callers and the log are told them. */
function toldParameters(names: readonly string[] | undefined): readonly string[] | undefined {
  return names?.slice(0, mostNames).map((name) => cutText(name, longestName));
}
