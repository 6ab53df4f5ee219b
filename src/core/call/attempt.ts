import type { Clock, Timer } from "../../lib/clock.ts";
import { textLength } from "../../lib/json/json-text.ts";
import type { Call } from "../call.ts";
import { RouterError } from "../errors.ts";
import type { Ledger, Reservation } from "../state/ledger.ts";
import type { Outcome, Usage } from "../outcome.ts";
import type { DecodedReply, StreamDecoder, StreamEvent } from "../provider.ts";
import type { Strategy } from "../strategy.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { Upstream, UpstreamExchange, UpstreamFailure, UpstreamHeaders, UpstreamListener } from "../upstream.ts";

/**
 * One try of one call on one deployment, from the reservation to its single outcome. A stream is held back until it shows its first
 * content, so that whatever goes wrong before can still be tried elsewhere unseen.
 */

/** What an attempt reports; after `onAttemptReply`, `onAttemptEnd` or `onAttemptFailure` it reports nothing more. */
export interface AttemptOwner {
  onAttemptReply(attempt: Attempt, reply: DecodedReply): void;
  /** First content is in hand: from here on the caller sees this attempt. */
  onAttemptCommit(attempt: Attempt): void;
  onAttemptEvent(event: StreamEvent): boolean;
  onAttemptEnd(): void;
  onAttemptFailure(attempt: Attempt, error: RouterError): void;
}

export interface AttemptDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly upstream: Upstream;
  onInternalError(error: unknown): void;
}

export interface AttemptPlan {
  readonly call: Call;
  readonly entry: RoutedDeployment;
  readonly strategy: Strategy;
  readonly upstreamModel: string;
  /** Booked when the deployment was picked. */
  readonly reservation: Reservation;
  /** Now, on the router's clock. */
  readonly startedAt: number;
  /** Bounds the whole attempt. */
  readonly timeoutMs: number | undefined;
  /** Bounds the wait for the first content of a stream. */
  readonly streamTimeoutMs: number | undefined;
  /** Bounds the gap between two events of a stream that has begun. */
  readonly streamIdleTimeoutMs: number | undefined;
  /** The deployment whose answer this one goes on with. */
  readonly resumedFrom: string | undefined;
  /** Added to the request, lower-case names: how a trace goes on at the deployment. */
  readonly traceHeaders: Readonly<Record<string, string>> | undefined;
  /** Told where the request goes: scheme, host and port. */
  readonly onSent: ((origin: string) => void) | undefined;
  /** Called once when the attempt has ended, before its owner hears of it. */
  onOutcome(outcome: Outcome, now: number, wasProbe: boolean): void;
}

/** A reply beyond this is refused rather than held in memory. The largest real ones, batches of embeddings, are about 40 MB. */
const longestReplyBytes = 128 * 1024 * 1024;
/** Enough of an error's body to read what it says. */
const longestErrorBytes = 64 * 1024;
/** What is kept of a stream that has no content yet, in all: a role and some comments are a few hundred bytes. */
const mostHeldBytes = 1_048_576;
/** Comments and keep-alives kept for a caller while its stream has no content yet. */
const mostHeldEvents = 1_000;
/** How long a connection may linger after `[DONE]` before it is dropped; ended in time, it is used again. */
const lingerMs = 1_000;

export class Attempt implements UpstreamListener {
  readonly #plan: AttemptPlan;
  readonly #owner: AttemptOwner;
  readonly #deps: AttemptDeps;
  readonly #startedAt: number;
  #sentAt: number;
  readonly #reservation: Reservation;
  #exchange: UpstreamExchange | undefined;
  #attemptTimer: Timer | undefined;
  /** Runs for the first content, then for the gaps, then for the connection's end. */
  #streamTimer: Timer | undefined;
  #lastEventAt = 0;
  #finished = false;
  #status = 0;
  #headers: UpstreamHeaders = {};
  #decoder: StreamDecoder | undefined;
  #chunks: Buffer[] = [];
  #received = 0;
  #held: StreamEvent[] = [];
  #heldBytes = 0;
  #committedAt: number | undefined;
  #sawFinish = false;
  #flowing = true;
  #usage: Usage | undefined;

  /** The request goes out with {@link send}. */
  constructor(plan: AttemptPlan, owner: AttemptOwner, deps: AttemptDeps) {
    this.#plan = plan;
    this.#owner = owner;
    this.#deps = deps;
    this.#startedAt = plan.startedAt;
    this.#sentAt = this.#startedAt;
    this.#reservation = plan.reservation;
  }

  get entry(): RoutedDeployment {
    return this.#plan.entry;
  }

  /** When the request had been handed to the transport: the time after it is the deployment's. */
  get sentAt(): number {
    return this.#sentAt;
  }

  send(): void {
    const { call, entry, upstreamModel, streamTimeoutMs, traceHeaders } = this.#plan;
    this.#armAttemptTimer();
    if (call.stream && streamTimeoutMs !== undefined) {
      this.#streamTimer = this.#deps.clock.schedule(streamTimeoutMs, () => this.#timeOut(streamTimeoutMs, "first content"));
    }
    try {
      const plain = entry.deployment.adapter.encode(call, upstreamModel);
      if (plain instanceof RouterError) {
        queueMicrotask(() => this.#fail(plain));
        return;
      }
      const request = traceHeaders === undefined ? plain : { ...plain, headers: { ...plain.headers, ...traceHeaders } };
      this.#exchange = this.#deps.upstream.send(request, this);
      this.#sentAt = this.#deps.clock.now();
      this.#plan.onSent?.(request.origin);
    } catch (cause) {
      queueMicrotask(() => this.#fail(new RouterError("internal", "The request could not be sent to a deployment.", { cause })));
    }
  }

  /** The caller is gone. */
  cancel(): void {
    if (this.#finished) return;
    this.#finish({ kind: "cancelled", totalMs: this.#elapsed() });
    this.#exchange?.abort();
  }

  resume(): void {
    this.#flowing = true;
    this.#lastEventAt = this.#deps.clock.now();
    if (!this.#finished) this.#exchange?.resume();
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (this.#finished) return;
    try {
      this.#readHead(status, headers);
    } catch (cause) {
      this.#break(cause);
    }
  }

  #readHead(status: number, headers: UpstreamHeaders): void {
    const { adapter } = this.entry.deployment;
    const quota = adapter.readQuota(headers);
    if (quota !== undefined) this.#deps.ledger.noteQuota(this.entry.row, this.#deps.clock.now(), quota);
    if (!this.#plan.call.stream || !isSuccess(status)) return;
    const decoder = adapter.decodeStream(this.#plan.call, headers);
    if (decoder instanceof RouterError) this.#abort(decoder);
    else this.#decoder = decoder;
  }

  onData(chunk: Buffer): boolean {
    if (this.#finished) return true;
    try {
      if (this.#decoder === undefined) this.#collect(chunk);
      else this.#decoder.push(chunk, this.#onEvent);
    } catch (cause) {
      this.#break(cause);
    }
    return this.#flowing;
  }

  onEnd(): void {
    if (this.#finished) {
      this.#stopLingering();
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
      this.#stopLingering();
      return;
    }
    if (this.#sawFinish) {
      this.#endStream();
      return;
    }
    const where = `deployment ${this.entry.id}`;
    const options = { cause: failure.cause };
    if (failure.kind === "connect")
      this.#fail(new RouterError("upstream_unreachable", `No connection to ${where} (${failure.reason}).`, options));
    else if (this.#committedAt !== undefined) this.#fail(this.#interrupted(failure.reason, failure.cause));
    else
      this.#fail(
        new RouterError("upstream_unreachable", `The connection to ${where} broke before it answered (${failure.reason}).`, options),
      );
  }

  readonly #onEvent = (event: StreamEvent): void => {
    if (this.#finished) return;
    if (event.usage !== undefined) this.#usage = event.usage;
    if (this.#plan.streamIdleTimeoutMs !== undefined) this.#lastEventAt = this.#deps.clock.now();
    switch (event.kind) {
      case "error":
        this.#abort(event.error ?? new RouterError("upstream_error", `Deployment ${this.entry.id} reported an error in its stream.`));
        return;
      case "content":
        this.#commit();
        this.#forward(event);
        return;
      case "finish":
        this.#sawFinish = true;
        this.#commit();
        this.#forward(this.#marked(event));
        return;
      case "done":
        if (this.#committedAt === undefined) {
          this.#abort(this.#empty());
          return;
        }
        this.#forward(event);
        if (this.#finished) return;
        this.#endStream();
        if (this.#exchange !== undefined) this.#streamTimer = this.#deps.clock.schedule(lingerMs, () => this.#exchange?.abort());
        return;
      case "preamble":
      case "other":
        // A resumed answer has had its opening.
        if (event.kind === "preamble" && this.#plan.resumedFrom !== undefined) return;
        if (this.#committedAt !== undefined) this.#forward(event);
        else this.#hold(event);
        return;
      default:
        event.kind satisfies never;
    }
  };

  #hold(event: StreamEvent): void {
    this.#heldBytes += event.bytes.length;
    if (this.#heldBytes > mostHeldBytes) {
      this.#abort(
        new RouterError("upstream_malformed", `Deployment ${this.entry.id} sent ${this.#heldBytes} bytes of a stream without content.`),
      );
    } else if (event.kind === "preamble" || this.#held.length < mostHeldEvents) this.#held.push(event);
  }

  #marked(event: StreamEvent): StreamEvent {
    const { entry, resumedFrom } = this.#plan;
    if (resumedFrom === undefined) return event;
    return entry.deployment.adapter.continuation?.markResumed(event, resumedFrom, entry.id) ?? event;
  }

  #collect(chunk: Buffer): void {
    this.#received += chunk.length;
    this.#chunks.push(chunk);
    if (isSuccess(this.#status)) {
      if (this.#received <= longestReplyBytes) return;
      this.#abort(new RouterError("upstream_malformed", `Deployment ${this.entry.id} sent a reply of over ${longestReplyBytes} bytes.`));
    } else if (this.#received > longestErrorBytes) {
      this.#exchange?.abort();
      this.#end();
    }
  }

  #end(): void {
    const { adapter } = this.entry.deployment;
    if (this.#decoder !== undefined) {
      this.#decoder.end(this.#onEvent);
      if (this.#finished) return;
      if (this.#committedAt === undefined) this.#fail(this.#empty());
      // Some hosts leave `[DONE]` out; a finish reason says as much. Neither of the two means that the stream was cut.
      else if (this.#sawFinish) this.#endStream();
      else this.#fail(this.#interrupted("it ended without a finish reason", undefined));
      return;
    }
    const body = this.#chunks.length === 1 && this.#chunks[0] !== undefined ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [];
    if (!isSuccess(this.#status)) {
      this.#fail(adapter.decodeError(this.#status, this.#headers, body));
      return;
    }
    const reply = adapter.decodeReply(this.#plan.call, this.#headers, body);
    if (reply instanceof RouterError) {
      this.#fail(reply);
      return;
    }
    this.#usage = reply.usage;
    this.#succeed();
    this.#owner.onAttemptReply(this, reply);
  }

  #commit(): void {
    if (this.#committedAt !== undefined) return;
    this.#committedAt = this.#deps.clock.now();
    this.#deps.clock.cancel(this.#streamTimer);
    this.#streamTimer = undefined;
    this.#deps.ledger.noteContent(this.entry.row, this.#committedAt, this.#reservation);
    this.#watchGaps(this.#plan.streamIdleTimeoutMs);
    this.#owner.onAttemptCommit(this);
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.#forward(event);
  }

  #forward(event: StreamEvent): void {
    if (!this.#finished && !this.#owner.onAttemptEvent(event)) this.#flowing = false;
  }

  #endStream(): void {
    this.#succeed();
    this.#owner.onAttemptEnd();
  }

  #succeed(): void {
    const totalMs = this.#elapsed();
    const firstTokenMs = this.#committedAt === undefined ? totalMs : this.#committedAt - this.#startedAt;
    this.#finish({ kind: "success", firstTokenMs, totalMs, stream: this.#plan.call.stream, usage: this.#usage });
  }

  #fail(error: RouterError): void {
    if (this.#finished) return;
    const totalMs = this.#elapsed();
    // Who set the deadline has given up waiting, as one does who hangs up; and a caller that does not read makes its own delay.
    const byCaller = error.code === "deadline_exceeded" || (error.code === "upstream_timeout" && !this.#flowing);
    if (byCaller) this.#finish({ kind: "cancelled", totalMs });
    else this.#finish({ kind: "failure", error, totalMs, begun: this.#committedAt !== undefined });
    this.#owner.onAttemptFailure(this, error);
  }

  /** Fails while the provider may still be sending. */
  #abort(error: RouterError): void {
    this.#exchange?.abort();
    this.#fail(error);
  }

  /** The one place where an attempt ends: what was reserved is settled before anybody hears of the end. */
  #finish(outcome: Outcome): void {
    this.#finished = true;
    const { clock, ledger } = this.#deps;
    clock.cancel(this.#attemptTimer);
    clock.cancel(this.#streamTimer);
    this.#held = [];
    this.#chunks = [];
    const { entry, call, strategy } = this.#plan;
    const now = this.#startedAt + outcome.totalMs;
    ledger.end(entry.row, now, this.#reservation, outcome, textLength(call.body));
    try {
      strategy.onOutcome?.(entry, outcome);
    } catch (error) {
      // A user's strategy may fail to keep its own books; the caller's answer does not depend on them.
      this.#deps.onInternalError(error);
    }
    this.#plan.onOutcome(outcome, now, this.#reservation.probe);
  }

  #armAttemptTimer(): void {
    const { call, timeoutMs } = this.#plan;
    const untilDeadline = call.deadline === undefined ? Number.POSITIVE_INFINITY : call.deadline - this.#startedAt;
    const untilTimeout = timeoutMs ?? Number.POSITIVE_INFINITY;
    const delayMs = Math.min(untilDeadline, untilTimeout);
    if (delayMs === Number.POSITIVE_INFINITY) return;
    this.#attemptTimer = this.#deps.clock.schedule(delayMs, () => {
      if (untilDeadline <= untilTimeout)
        this.#abort(new RouterError("deadline_exceeded", "The call's deadline ran out before the answer was complete."));
      else this.#timeOut(delayMs, "its whole answer");
    });
  }

  /** One timer for all gaps: it looks when the last event came and goes on for what is left. A caller that reads slowly makes no gap. */
  #watchGaps(idleMs: number | undefined, waitMs = idleMs): void {
    if (idleMs === undefined || waitMs === undefined) return;
    this.#streamTimer = this.#deps.clock.schedule(waitMs, () => {
      const silentMs = this.#flowing ? this.#deps.clock.now() - this.#lastEventAt : 0;
      if (silentMs >= idleMs) this.#timeOut(idleMs, "its next piece");
      else this.#watchGaps(idleMs, idleMs - silentMs);
    });
  }

  #timeOut(afterMs: number, what: string): void {
    if (this.#sawFinish) {
      this.#exchange?.abort();
      this.#endStream();
      return;
    }
    this.#abort(
      new RouterError("upstream_timeout", `Deployment ${this.entry.id} was given ${afterMs / 1_000} s for ${what}, and did not make it.`),
    );
  }

  #interrupted(reason: string, cause: unknown): RouterError {
    return new RouterError("stream_interrupted", `The stream from deployment ${this.entry.id} was cut (${reason}).`, { cause });
  }

  #empty(): RouterError {
    return new RouterError("upstream_malformed", `Deployment ${this.entry.id} sent a stream without content.`);
  }

  #stopLingering(): void {
    this.#deps.clock.cancel(this.#streamTimer);
  }

  /** A fault in translating one reply ends that attempt and nothing else. */
  #break(cause: unknown): void {
    this.#abort(new RouterError("internal", "The reply of a deployment could not be processed.", { cause }));
  }

  #elapsed(): number {
    return this.#deps.clock.now() - this.#startedAt;
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
