import type { Call } from "../core/call.ts";
import type { Deployment } from "../core/deployment.ts";
import type { RouterError } from "../core/errors.ts";
import type { CallObserver, CallRecord, RouterObserver } from "../core/observer.ts";
import { CallContent } from "./call-content.ts";
import type { Log } from "./log.ts";
import { isAlarming, outcomeClass } from "./outcome-class.ts";

/**
 * One line for each call when it ends, and one for each cooldown. Without `withContent` nothing of the prompt or the answer is in them, and
 * nothing of what a provider says in its own words, for it may quote the prompt.
 */
export class AccessLog implements RouterObserver {
  readonly #log: Log;
  readonly #withContent: boolean;

  constructor(log: Log, withContent: boolean) {
    this.#log = log;
    this.#withContent = withContent;
  }

  callStarted(call: Call): CallObserver | undefined {
    if (!this.#withContent) return undefined;
    const content = new CallContent(call);
    return {
      replied: (body) => content.addReply(body),
      streamed: (event) => content.addEvent(event),
      ended: (record) =>
        this.#write(record, {
          request: this.#cleaned(content.request()),
          reply: this.#cleaned(content.reply()),
          error_message: this.#cleaned(record.error?.message),
        }),
    };
  }

  callEnded(record: CallRecord): void {
    if (!this.#withContent) this.#write(record, undefined);
  }

  benched(deployment: Deployment, error: RouterError, now: number, until: number): void {
    this.#log.write(
      "warn",
      {
        kind: "cooldown",
        deployment: deployment.id,
        group: deployment.group,
        code: error.code,
        upstream_status: error.upstream?.status,
        cooldown_ms: rounded(until - now),
      },
      "deployment cooling down",
    );
  }

  #cleaned(text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.#log.clean(text);
  }

  #write(record: CallRecord, content: Readonly<Record<string, unknown>> | undefined): void {
    const { call, error, deployment, usage, costUsd } = record;
    const outcome = outcomeClass(error?.code);
    const level = isAlarming(outcome) ? "warn" : "info";
    if (!this.#log.isOn(level)) return;
    this.#log.writeClean(
      level,
      {
        kind: "access",
        call_id: this.#log.clean(call.id),
        door: call.door,
        endpoint: call.endpoint,
        key_name: call.caller?.name,
        model: shortened(this.#log.clean(call.model)),
        group: record.group,
        deployment: deployment?.id,
        stream: call.stream,
        outcome,
        code: error?.code,
        upstream_status: error?.upstream?.status,
        attempts: record.attempts,
        retries: record.retries,
        fallbacks: record.fallbacks,
        prompt_tokens: usage?.promptTokens,
        output_tokens: usage?.outputTokens,
        cost_usd: costUsd,
        total_ms: rounded(record.endedAt - record.startedAt),
        first_token_ms: rounded(record.firstTokenMs),
        queue_ms: rounded(record.queuedMs),
        overhead_ms: rounded(record.overheadMs),
        ...content,
      },
      "call ended",
    );
  }
}

/** A caller may send anything for a name. */
const longestName = 200;

function shortened(name: string): string {
  return name.length <= longestName ? name : `${name.slice(0, longestName)}…`;
}

/** To the microsecond: the rest is noise. */
function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 1_000) / 1_000;
}
