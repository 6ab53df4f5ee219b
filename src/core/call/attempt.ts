import type { Timer } from "../../lib/clock.ts";
import { RouterError } from "../errors.ts";
import type { Outcome, TextCount, Usage } from "../outcome.ts";
import type { StreamDecoder, StreamEvent } from "../provider.ts";
import { longestQuotaMs } from "../state/told-quota.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { UpstreamExchange, UpstreamFailure, UpstreamHeaders, UpstreamListener } from "../upstream.ts";
import type { BoundSetter } from "./attempt-bounds.ts";
import { emptyStream, exchangeFailed, interrupted, outOfTime, refusedContent, timedOut, tooLong } from "./attempt-errors.ts";
import type { AttemptDeps, AttemptEnd, AttemptPlan } from "./attempt-plan.ts";
import { AttemptTimer, type TimeRunOut } from "./attempt-timer.ts";
import { CollectedBody, isSuccess } from "./collected-body.ts";
import { isBlameless } from "./cooldown-policy.ts";
import { HeldEvents } from "./held-events.ts";
import { abandonedUsage, measuredUsage } from "./spent-usage.ts";
import { UsageAsking } from "./usage-asking.ts";
import { promptBytes } from "../pick/demand.ts";

/** Whom an attempt reports to. */
export interface AttemptOwner {
  /** First content is in hand: from here on the caller sees this attempt. Called before the first event. */
  onAttemptCommit(attempt: Attempt): void;
  /** @returns Whether an answer of which the provider's filter left nothing is to be asked for elsewhere. */
  mayDivert(attempt: Attempt, refused: RouterError): boolean;
  /** @returns Whether the caller takes more now; after false, {@link Attempt.resume} asks for more. */
  onAttemptEvent(event: StreamEvent): boolean;
  /**
   * Called exactly once, when all is settled: the reservation in the ledger, and what the strategy hears. Nothing comes after it.
   * @param now The moment of the end, on the router's clock.
   */
  onAttemptEnd(attempt: Attempt, end: AttemptEnd, now: number): void;
}

/** How long a connection may linger after `[DONE]` before it is dropped; ended in time, it is used again. */
const lingerMs = 1_000;

/**
 * One try of one call on one deployment, from the reservation to its single outcome. A stream is held back until it shows its first
 * content, so that a fault before it can still be tried elsewhere unseen.
 */
export class Attempt implements UpstreamListener {
  readonly plan: AttemptPlan;
  readonly #owner: AttemptOwner;
  readonly #deps: AttemptDeps;
  #sentAt: number;
  #exchange: UpstreamExchange | undefined;
  /** Undefined until the request goes out. */
  #timer: AttemptTimer | undefined;
  /** Runs for the connection's end. */
  #lingerTimer: Timer | undefined;
  #finished = false;
  #status = 0;
  #headers: UpstreamHeaders = {};
  #decoder: StreamDecoder | undefined;
  readonly #body: CollectedBody;
  #held: HeldEvents | undefined;
  #committedAt: number | undefined;
  #sawFinish = false;
  #flowing = true;
  #usage: Usage | undefined;
  /** Who set the bound that ran out. */
  #timeoutBy: BoundSetter | undefined;
  readonly #asking: UsageAsking | undefined;

  /** The request goes out with {@link send}. */
  constructor(plan: AttemptPlan, owner: AttemptOwner, deps: AttemptDeps) {
    this.plan = plan;
    this.#owner = owner;
    this.#deps = deps;
    this.#sentAt = plan.startedAt;
    this.#asking = UsageAsking.of(plan, deps.ledger);
    this.#body = new CollectedBody(plan);
  }

  get entry(): RoutedDeployment {
    return this.plan.entry;
  }

  /** Whether anything came that a reader would see. */
  get hasContent(): boolean {
    return this.#committedAt !== undefined;
  }

  /** When the request had been handed to the transport: the time after it is the deployment's. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** When bytes of its stream came last, on the router's clock. */
  get heardAt(): number {
    return this.#timer?.heardAt ?? this.#sentAt;
  }

  /** Reports nothing from within: what fails at once is reported in a microtask. */
  send(): void {
    const { call, bounds, startedAt } = this.plan;
    this.#timer = new AttemptTimer(this.#deps.clock, { bounds, startedAt, deadline: call.deadline }, this.#onRunOut);
    this.#dispatch();
  }

  #dispatch(): void {
    const { call, entry, upstreamModel, observation } = this.plan;
    try {
      const plain = entry.deployment.adapter.encode(call, upstreamModel, this.#asking?.isAsked === true);
      if (plain instanceof RouterError) {
        queueMicrotask(() => this.#fail(plain));
        return;
      }
      const request = observation.headers === undefined ? plain : { ...plain, headers: { ...plain.headers, ...observation.headers } };
      this.#exchange = this.#deps.upstream.send(request, this, entry.deployment.link);
      this.#sentAt = this.#deps.clock.now();
      observation.adjusted = request.adjusted;
      observation.onSent?.(request.origin);
    } catch (cause) {
      queueMicrotask(() => this.#fail(new RouterError("internal", "The request could not be sent to a deployment.", { cause })));
    }
  }

  /** The call needs it no more. Ignored after the end. */
  cancel(): void {
    if (this.#finished) return;
    this.#settle({ kind: "cancelled", outcome: this.#givenUp() });
    this.#exchange?.abort();
  }

  /** The caller takes events again. */
  resume(): void {
    this.#flowing = true;
    this.#timer?.resumed();
    if (!this.#finished) this.#exchange?.resume();
  }

  onHead(status: number, headers: UpstreamHeaders, mayTellLimits = true): void {
    this.#status = status;
    this.#headers = headers;
    if (this.#finished) return;
    const { adapter } = this.entry.deployment;
    try {
      const { clock, ledger } = this.#deps;
      const quota = mayTellLimits ? adapter.readQuota(headers, clock.wallTime()) : undefined;
      if (quota !== undefined) ledger.noteQuota(this.entry.quotaRow, clock.now(), quota, longestQuotaMs);
      if (!this.plan.call.stream || !isSuccess(status)) return;
      const decoder = adapter.decodeStream(this.plan.call, headers, this.#asking?.isHidden === true);
      if (decoder instanceof RouterError) this.#abort(decoder);
      else this.#decoder = decoder;
    } catch (cause) {
      this.#break(cause);
    }
  }

  onData(chunk: Buffer): boolean {
    if (this.#finished) return true;
    this.#timer?.heard();
    try {
      if (this.#decoder === undefined) this.#collect(chunk);
      else this.#decoder.push(chunk, this.#onEvent);
      this.plan.progress?.heard(this.#decoder?.heard);
    } catch (cause) {
      this.#break(cause);
    }
    return this.#flowing;
  }

  onEnd(): void {
    if (this.#finished) {
      this.#deps.clock.cancel(this.#lingerTimer);
      return;
    }
    try {
      this.#end();
    } catch (cause) {
      this.#break(cause);
    }
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#finished) {
      this.#deps.clock.cancel(this.#lingerTimer);
      return;
    }
    if (this.#sawFinish) {
      this.#endStream();
      return;
    }
    this.#fail(exchangeFailed(this.entry, failure, this.hasContent));
  }

  readonly #onEvent = (event: StreamEvent): void => {
    if (this.#finished) return;
    if (event.usage !== undefined) this.#usage = event.usage;
    if (this.plan.resumed === undefined) this.#take(event);
    else for (const one of this.plan.resumed.continued(event)) this.#take(one);
  };

  #take(event: StreamEvent): void {
    if (this.#finished) return;
    switch (event.kind) {
      case "error":
        if (this.#committedAt === undefined && this.#asksAgain(event.error)) return;
        this.#abort(event.error ?? new RouterError("upstream_error", `Deployment ${this.entry.id} reported an error in its stream.`));
        return;
      case "content":
        this.#commit();
        this.#forward(event);
        return;
      case "finish":
        if (event.isFiltered === true && this.#diverts()) return;
        this.#sawFinish = true;
        this.#commit();
        this.#forward(event);
        return;
      case "done":
        if (this.#committedAt === undefined) {
          this.#abort(emptyStream(this.entry));
          return;
        }
        this.#forward(event);
        if (this.#finished) return;
        this.#endStream();
        if (this.#exchange !== undefined) this.#lingerTimer = this.#deps.clock.schedule(lingerMs, () => this.#exchange?.abort());
        return;
      case "usage":
        if (this.#committedAt !== undefined) this.#sawFinish = true;
        return;
      case "preamble":
      case "other":
        // A resumed answer has had its opening.
        if (event.kind === "preamble" && this.plan.resumed !== undefined) return;
        if (this.#committedAt !== undefined) this.#forward(event);
        else this.#hold(event);
        return;
      default:
        event.kind satisfies never;
    }
  }

  #hold(event: StreamEvent): void {
    const held = (this.#held ??= new HeldEvents());
    if (held.hold(event)) return;
    this.#abort(tooLong(this.entry, held.bytes, "{bytes} bytes of a stream without content"));
  }

  /** Fails with a refused content where the call has somewhere to go with it. Otherwise the answer is handed on as it came. */
  #diverts(): boolean {
    const error = refusedContent(this.entry);
    const isDiverted = !this.hasContent && this.#owner.mayDivert(this, error);
    if (isDiverted) this.#abort(error);
    return isDiverted;
  }

  #collect(chunk: Buffer): void {
    const fault = this.#body.add(chunk, isSuccess(this.#status));
    if (fault === undefined) return;
    this.#exchange?.abort();
    if (isSuccess(this.#status)) this.#fail(fault);
    else this.#end();
  }

  #end(): void {
    const { adapter } = this.entry.deployment;
    if (this.#decoder !== undefined) {
      this.#decoder.end(this.#onEvent);
      if (this.#finished) return;
      if (this.#committedAt === undefined) this.#fail(emptyStream(this.entry));
      // Some hosts leave `[DONE]` out; a finish reason says as much. Neither of the two means that the stream was cut.
      else if (this.#sawFinish) this.#endStream();
      else this.#fail(interrupted(this.entry, "it ended without a finish reason"));
      return;
    }
    const body = this.#body.take();
    if (!isSuccess(this.#status)) {
      const request = { call: this.plan.call, wallTime: this.#deps.clock.wallTime() };
      const error = adapter.decodeError(this.#status, this.#headers, body, request);
      if (!this.#asksAgain(error)) this.#fail(error);
      return;
    }
    const reply = adapter.decodeReply(this.plan.call, this.#headers, body);
    if (reply instanceof RouterError) {
      this.#fail(reply);
      return;
    }
    if (reply.isFiltered === true && this.#diverts()) return;
    this.#usage = reply.usage;
    this.#settle({ kind: "replied", outcome: this.#success(reply.text), reply });
  }

  /** Sends the request again, unseen, where the host may refuse only to be asked for the stream's usage. @returns Whether it does. */
  #asksAgain(error: RouterError | undefined): boolean {
    if (error === undefined || this.#asking?.takesBack(error) !== true) return false;
    this.#exchange?.abort();
    this.#decoder = undefined;
    this.#held = undefined;
    this.#dispatch();
    return true;
  }

  #commit(): void {
    if (this.#committedAt !== undefined) return;
    const now = (this.#committedAt = this.#deps.clock.now());
    this.#asking?.noteContent(now);
    this.#deps.ledger.noteContent(this.entry.row, now, this.plan);
    this.plan.progress?.begun();
    this.#timer?.begun(now);
    this.#owner.onAttemptCommit(this);
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    for (const event of held) this.#forward(event);
  }

  #forward(event: StreamEvent): void {
    if (this.#finished || this.#owner.onAttemptEvent(event)) return;
    this.#flowing = false;
    this.#timer?.paused();
  }

  #endStream(): void {
    this.#settle({ kind: "streamed", outcome: this.#success(this.#decoder?.heard) });
  }

  #success(text: TextCount | undefined): Outcome {
    const totalMs = this.#elapsed();
    const firstTokenMs = this.#committedAt === undefined ? totalMs : this.#committedAt - this.plan.startedAt;
    return { kind: "success", firstTokenMs, totalMs, stream: this.plan.call.stream, usage: this.#measured(text), textBytes: text?.bytes };
  }

  #measured(text: TextCount | undefined): Usage {
    return measuredUsage(this.#usage, text, this.plan, this.#deps.ledger);
  }

  /** No one waits for the answer any more. What was spent by then is spent, unless the request has not gone out. */
  #givenUp(): Outcome {
    const totalMs = this.#elapsed();
    if (this.#exchange === undefined || this.#exchange.isWritten === false) return { kind: "cancelled", totalMs };
    const measured = this.#measured(this.#decoder?.heard);
    const usage = this.#sawFinish ? measured : abandonedUsage(measured, totalMs, this.plan, this.#deps.ledger);
    return { kind: "cancelled", totalMs, begun: this.hasContent, usage };
  }

  #fail(error: RouterError): void {
    if (this.#finished) return;
    // Who set the deadline has given up waiting, as one does who hangs up; and a caller that does not read makes its own delay.
    const isLate = error.code === "upstream_timeout";
    const byCaller = error.code === "deadline_exceeded" || (isLate && (this.#timeoutBy === "caller" || !this.#flowing));
    const begun = this.hasContent;
    const usage = begun ? this.#measured(this.#decoder?.heard) : undefined;
    const outcome: Outcome = byCaller
      ? this.#givenUp()
      : { kind: "failure", error, totalMs: this.#elapsed(), begun, usage, isBlameless: isBlameless(this.entry, error) };
    this.#settle({ kind: "failed", outcome, error, timeoutBy: this.#timeoutBy });
  }

  /** Fails while the provider may still be sending. */
  #abort(error: RouterError): void {
    this.#exchange?.abort();
    this.#fail(error);
  }

  /** The one place where an attempt ends: what was reserved is settled before the owner hears of the end. */
  #settle(end: AttemptEnd): void {
    this.#finished = true;
    this.#timer?.stop();
    this.#held = undefined;
    if (end.kind !== "replied") this.#body.drop();
    const { entry, call, groupAttempts, progress, reservation, resumed, startedAt } = this.plan;
    const { outcome } = end;
    const now = startedAt + outcome.totalMs;
    progress?.end(resumed === undefined ? outcome : undefined, now);
    this.#deps.ledger.end(entry.row, now, reservation, outcome, promptBytes(call));
    try {
      groupAttempts.group.strategy.onOutcome?.(entry, outcome, startedAt);
    } catch (error) {
      // A user's strategy may fail to learn from it; the caller's answer does not depend on that.
      this.#deps.onInternalError(error);
    }
    this.#owner.onAttemptEnd(this, end, now);
  }

  readonly #onRunOut = ({ bound, afterMs, by }: TimeRunOut): void => {
    if (bound === "deadline" || bound === "pause") {
      this.#abort(outOfTime(bound, afterMs));
    } else if (this.#sawFinish) {
      this.#exchange?.abort();
      this.#endStream();
    } else {
      this.#timeoutBy = by;
      const what = { whole: "its whole answer", content: "first content", gap: "its next piece" }[bound];
      this.#abort(timedOut(this.entry, afterMs, what));
    }
  };

  /** A fault in translating one reply ends that attempt and nothing else. */
  #break(cause: unknown): void {
    this.#abort(new RouterError("internal", "The reply of a deployment could not be processed.", { cause }));
  }

  #elapsed(): number {
    return this.#deps.clock.now() - this.plan.startedAt;
  }
}
