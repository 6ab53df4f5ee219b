import type { Deployment } from "../core/deployment.ts";
import type { RouterError } from "../core/errors.ts";
import type { AttemptRecord, CallRecord, RouterObserver } from "../core/observer.ts";
import type { ShadowCounts } from "../core/shadow/shadow-counts.ts";
import type { Clock, Timer } from "../lib/clock.ts";
import type { CountedOutcome, CountedRefusal } from "../telemetry/metrics/counted-records.ts";
import type { CountRecord } from "./messages.ts";

/** How long counts are gathered. Those who look at counts have them sent at once. */
const gatherMs = 50;
const fullBatch = 256;

/** Tells the first thread, which keeps all counts, what happens on this one. It does so in batches, off the requests' path. */
export class CountRelay implements RouterObserver {
  readonly #clock: Clock;
  readonly #send: (records: readonly CountRecord[]) => void;
  #takeShadows: () => readonly ShadowCounts[] = () => [];
  #records: CountRecord[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, send: (records: readonly CountRecord[]) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** @param take Takes what was counted of shadow strategies on this thread. Called when counts are sent. */
  followShadows(take: () => readonly ShadowCounts[]): void {
    this.#takeShadows = take;
  }

  callStarted(): undefined {
    this.#add({ kind: "started" });
    return undefined;
  }

  attemptEnded({ kind, after, endedAt, costUsd, deployment, outcome }: AttemptRecord): void {
    this.#add({ kind: "attempt", attempt: { kind, after, endedAt, costUsd, deployment: named(deployment), outcome: counted(outcome) } });
  }

  callEnded(record: CallRecord): void {
    const { call, group, deployment, error, startedAt, endedAt, firstTokenMs, queuedMs, overheadMs, usage, costUsd } = record;
    const { inboundProtocol, stream, caller } = call;
    this.#add({
      kind: "call",
      call: {
        call: { inboundProtocol, stream, caller: caller && { name: caller.name } },
        group,
        deployment: deployment && named(deployment),
        error: error && { code: error.code },
        startedAt,
        endedAt,
        firstTokenMs,
        queuedMs,
        overheadMs,
        usage,
        costUsd,
      },
    });
  }

  cooldownStarted(deployment: Deployment, { code }: RouterError): void {
    this.#add({ kind: "cooldown_started", deployment: named(deployment), code });
  }

  refused({ inboundProtocol, code }: CountedRefusal): void {
    this.#add({ kind: "refused", refusal: { inboundProtocol, code } });
  }

  /** Sends what would be sent later. */
  flush(): void {
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    const counts = this.#takeShadows().filter(({ samples, failed }) => samples > 0 || failed);
    if (counts.length > 0) this.#records.push({ kind: "shadowed", counts });
    if (this.#records.length === 0) return;
    this.#send(this.#records);
    this.#records = [];
  }

  #add(record: CountRecord): void {
    this.#records.push(record);
    if (this.#records.length >= fullBatch) this.flush();
    else this.#timer ??= this.#clock.schedule(gatherMs, () => this.flush());
  }
}

function named({ id, group }: Deployment): { readonly id: string; readonly group: string } {
  return { id, group };
}

/** An error as it can be sent to another thread. */
function counted(outcome: AttemptRecord["outcome"]): CountedOutcome {
  return outcome.kind === "failure" ? { ...outcome, error: { code: outcome.error.code, message: outcome.error.message } } : outcome;
}
