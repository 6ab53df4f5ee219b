import type { AuditEntry, ReloadReport } from "../../control/operator.ts";
import { formatProblem, type ConfigProblem } from "../../config/load/config-problem.ts";
import type { InboundObserver, PassedThrough, Refusal } from "../../inbound/inbound-observer.ts";
import type { KeyRefusal } from "../../auth/key-refusal.ts";
import type { Log } from "./log.ts";

/** Writes the log's lines about everything but calls. */
export class EventLog implements InboundObserver {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Logs a request that was refused before it became a call. {@link keyRefused} logs keys that are not valid, with more about them. */
  refused({ inboundProtocol, code, callId, address }: Refusal): void {
    if (code === "unauthenticated" || code === "too_many_attempts") return;
    this.#log.write("info", { kind: "refused", call_id: callId, door: inboundProtocol, code, address }, "request refused");
  }

  /** Logs a request that went to another server. */
  passed({ callId, keyName, path, method, status, code, durationMs }: PassedThrough): void {
    const told = { call_id: callId, key_name: keyName, path, method, status, code, duration_ms: Math.round(durationMs) };
    this.#log.write("info", { kind: "pass_through", ...told }, "request passed through");
  }

  /** Logs why a key was refused, which the caller is not told. Never holds the key itself. */
  keyRefused({ inboundProtocol, address, reason, keyName, detail }: KeyRefusal): void {
    this.#log.write(
      "info",
      { kind: "refused", code: "unauthenticated", door: inboundProtocol, address, reason, key_name: keyName, detail },
      "key refused",
    );
  }

  /** Logs what an operator has changed, or tried to change. */
  audited({ at, who, what, before, after, etag }: AuditEntry): void {
    const changedAt = new Date(at).toISOString();
    this.#log.write("info", { kind: "audit", changed_at: changedAt, who, what, before, after, etag }, "configuration changed");
  }

  /** Logs how a reload of the configuration went. */
  reloaded({ ok, problems, warnings, addedIds, removedIds, changedIds, settings }: ReloadReport, who: string): void {
    const found = { problems: problems.map(formatProblem), warnings: warnings.map(formatProblem) };
    if (ok)
      this.#log.write(
        "info",
        { kind: "reload", who, ok, added_ids: addedIds, removed_ids: removedIds, changed_ids: changedIds, settings, ...found },
        "configuration reloaded",
      );
    else this.#log.write("error", { kind: "reload", who, ok, ...found }, "configuration not reloaded: the one before stays in force");
  }

  /** Logs something that an operator should look at. */
  warned(message: string): void {
    this.#log.write("warn", { kind: "config" }, message);
  }

  /** Logs a warning about a configuration that was taken all the same. */
  configWarning(problem: ConfigProblem): void {
    this.#log.write("warn", { kind: "config" }, formatProblem(problem));
  }

  /** Logs the death of a thread. */
  threadLost(thread: number, reason: string): void {
    this.#log.write("error", { kind: "internal", thread, error: reason }, "a thread has died; another one takes its place");
  }

  /** Logs a fault in this program or in a user's strategy. Only here is its stack told. */
  failed(error: unknown): void {
    this.#log.write("error", { kind: "internal", error: describeError(error) }, "internal error");
  }
}

/** Describes an error with its stack and its causes, which callers never see. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\n  caused by ${describeError(error.cause)}`;
}
