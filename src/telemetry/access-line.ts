import type { CallRecord } from "../core/observer.ts";
import type { OutcomeClass } from "./outcome-class.ts";

/** Names of the configuration, quoted as JSON wants them: those of every call are the same few. */
const mostNames = 2_000;
/** A caller may send anything for a model's name. */
const longestName = 200;

/**
 * Writes what the log's line tells of a call, as JSON members without braces. There is one for each call, so it is put together here,
 * which takes a third of the time of `JSON.stringify`. What is not known is left out.
 */
export class AccessLine {
  readonly #clean: (text: string) => string;
  readonly #quoted = new Map<string, string>();

  /** @param clean Takes secrets out of what a caller sent. */
  constructor(clean: (text: string) => string) {
    this.#clean = clean;
  }

  of({ call, group, deployment, error, usage, ...record }: CallRecord, outcome: OutcomeClass): string {
    const { caller, door, endpoint, stream } = call;
    const status = error?.upstream?.status;
    const { attempts, retries, fallbacks, firstTokenMs, costUsd } = record;
    // What stands unquoted here is a word of this program.
    return (
      `"kind":"access","call_id":${JSON.stringify(this.#clean(call.id))},"door":"${door}","endpoint":"${endpoint}"` +
      `${caller === undefined ? "" : `,"key_name":${this.#name(caller.name)}`}` +
      `,"model":${call.model === group ? this.#name(group) : this.#told(call.model)},"group":${this.#name(group)}` +
      `${deployment === undefined ? "" : `,"deployment":${this.#name(deployment.id)}`},"stream":${stream},"outcome":"${outcome}"` +
      `${error === undefined ? "" : `,"code":"${error.code}"`}${status === undefined ? "" : `,"upstream_status":${numberText(status)}`}` +
      `,"attempts":${attempts},"retries":${retries},"fallbacks":${fallbacks}` +
      `${usage === undefined ? "" : `,"prompt_tokens":${numberText(usage.promptTokens)},"output_tokens":${numberText(usage.outputTokens)}`}` +
      `${costUsd === undefined ? "" : `,"cost_usd":${numberText(costUsd)}`},"total_ms":${msText(record.endedAt - record.startedAt)}` +
      `${firstTokenMs === undefined ? "" : `,"first_token_ms":${msText(firstTokenMs)}`}` +
      `,"queue_ms":${msText(record.queuedMs)},"overhead_ms":${msText(record.overheadMs)}`
    );
  }

  #name(name: string): string {
    let quoted = this.#quoted.get(name);
    if (quoted === undefined) {
      if (this.#quoted.size >= mostNames) this.#quoted.clear();
      this.#quoted.set(name, (quoted = JSON.stringify(name)));
    }
    return quoted;
  }

  /** As the caller wrote it. */
  #told(name: string): string {
    const clean = this.#clean(name);
    return JSON.stringify(clean.length <= longestName ? clean : `${clean.slice(0, longestName)}…`);
  }
}

/** As JSON has it: what is no number is `null`. */
function numberText(value: number): string {
  return Number.isFinite(value) ? `${value}` : "null";
}

/** By thousandths: how a number with them goes on behind its whole part. Taken from here, it need not be looked for in the number. */
const fractions: readonly string[] = Array.from({ length: 1_000 }, (_, thousandths) => `${thousandths / 1_000}`.slice(1));

/** Milliseconds to the microsecond: the rest is noise. */
function msText(ms: number): string {
  const micros = Math.round(ms * 1_000);
  if (!(micros >= 0 && micros <= mostQuickMicros)) return numberText(micros / 1_000);
  const whole = Math.floor(micros / 1_000);
  return `${whole}${fractions[micros - whole * 1_000]}`;
}

/** Whole numbers up to here are the engine's small ones, quickly written. */
const mostQuickMicros = 1_000_000_000;
