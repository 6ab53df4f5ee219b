import type { Call } from "../../core/call.ts";
import type { Deployment } from "../../core/deployment.ts";
import type { RouterError } from "../../core/errors.ts";
import type { CallObserver, CallRecord, RouterObserver } from "../../core/observer.ts";
import { AccessLine } from "./access-line.ts";
import { CallContent } from "./call-content.ts";
import type { Log } from "./log.ts";
import type { PrefixHashes } from "./prefix-hashes.ts";
import { isAlarming, outcomeClass } from "../outcome-class.ts";

/** What lines hold beside what all have. */
export interface AccessLogOptions {
  /** Whether they hold the prompt and the answer. */
  readonly content: boolean;
  /** Whether they hold what `huntgroup calibrate` learns from. */
  readonly calibration: boolean;
  /** With `calibration`: hashes the beginnings of prompts. Undefined for no hashes. */
  readonly prefixes: PrefixHashes | undefined;
}

/**
 * Writes a line for each call when it ends, and one for each cooldown. Without `content` they hold nothing of the prompt or the answer, and
 * nothing of a provider's own words, which may quote the prompt.
 */
export class AccessLog implements RouterObserver {
  readonly #log: Log;
  readonly #line: AccessLine;
  readonly #withContent: boolean;

  constructor(log: Log, { content, calibration, prefixes }: AccessLogOptions) {
    this.#log = log;
    this.#line = new AccessLine((text) => log.clean(text), calibration, prefixes);
    this.#withContent = content;
  }

  callStarted(call: Call): CallObserver | undefined {
    if (!this.#withContent) return undefined;
    const content = new CallContent(call);
    return {
      replied: ({ body }) => content.addReply(body),
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

  cooldownStarted(deployment: Deployment, error: RouterError, now: number, until: number): void {
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
    const outcome = outcomeClass(record.error?.code);
    const level = isAlarming(outcome) ? "warn" : "info";
    if (!this.#log.isOn(level)) return;
    const more = content === undefined ? "" : JSON.stringify(content).slice(1, -1);
    this.#log.writeMembers(level, `${this.#line.of(record, outcome)}${more === "" ? "" : `,${more}`}`, "call ended");
  }
}

/** Rounds milliseconds to the microsecond: the rest is noise. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
