import type { Call } from "../../core/call.ts";
import { endpoints } from "../../core/endpoints.ts";
import type { UnitCounts } from "../../core/outcome.ts";
import { usdText } from "../../core/keys/told-usd.ts";
import type { CallRecord } from "../../core/observer.ts";
import type { OutcomeClass } from "../../core/errors.ts";
import type { AttemptTrace } from "../../core/reply-sink.ts";
import { cutText } from "../../lib/cut-text.ts";
import type { PrefixHashes } from "./prefix-hashes.ts";

/** Characters of a model's name that are logged: a caller may send any name. */
const longestName = 200;
/** How many deployments' {@link Middle}, and how many opened attempts, are remembered. */
const mostMiddles = 2_000;

/** The part of a line between the call's id and its counts, with what it was made of: the same for most calls that a deployment answers. */
interface Middle {
  readonly inboundProtocol: string;
  readonly endpoint: string;
  readonly keyName: string | undefined;
  /** Also the name that the call asked for. */
  readonly group: string;
  readonly stream: boolean;
  readonly outcome: OutcomeClass;
  readonly text: string;
}

/**
 * Writes the line of the log for a call, as JSON members without braces. There is one for each call, so it is put together by hand, which
 * takes a fraction of the time of `JSON.stringify`. Unknown values are left out.
 */
export class AccessLine {
  readonly #clean: (text: string) => string;
  readonly #forCalibration: boolean;
  readonly #prefixes: PrefixHashes | undefined;
  /** The last middle of each deployment, by id. */
  readonly #middles = new Map<string, Middle>();
  /** What an attempt at a deployment begins with, by its id. */
  readonly #openings = new Map<string, string>();

  /**
   * @param clean Takes secrets out of what a caller sent.
   * @param forCalibration Whether to write what `huntgroup calibrate` learns from.
   * @param prefixes Hashes the beginnings of prompts. Undefined to write no hashes.
   */
  constructor(clean: (text: string) => string, forCalibration: boolean, prefixes: PrefixHashes | undefined) {
    this.#clean = clean;
    this.#forCalibration = forCalibration;
    this.#prefixes = prefixes;
  }

  /** Writes the members for a call that has ended. */
  of(record: CallRecord, outcome: OutcomeClass): string {
    const { call, error, usage, firstTokenMs, costUsd } = record;
    let line = `"kind":"access","call_id":${JSON.stringify(this.#clean(call.id))}${this.#middle(record, outcome)}`;
    if (this.#forCalibration && call.session !== undefined) line += `,"session":${JSON.stringify(this.#clean(call.session))}`;
    if (error !== undefined) line += `,"code":"${error.code}"`;
    if (error?.upstream !== undefined) line += `,"upstream_status":${numberText(error.upstream.status)}`;
    line += `,"attempts":${record.attempts},"retries":${record.retries},"fallbacks":${record.fallbacks}`;
    if (record.adjusted !== undefined) line += `,"adjusted":${JSON.stringify(record.adjusted.map(this.#clean))}`;
    if (usage !== undefined) line += `,"prompt_tokens":${numberText(usage.promptTokens)},"output_tokens":${numberText(usage.outputTokens)}`;
    if (usage !== undefined) line += unitsText(usage);
    if (usage?.estimated === true) line += `,"estimated":true`;
    if (costUsd !== undefined) line += `,"cost_usd":${Number.isFinite(costUsd) ? usdText(costUsd) : "null"}`;
    line += `,"total_ms":${msText(record.endedAt - record.startedAt)}`;
    if (firstTokenMs !== undefined) line += `,"first_token_ms":${msText(firstTokenMs)}`;
    line += `,"queue_ms":${msText(record.queuedMs)},"overhead_ms":${msText(record.overheadMs)}`;
    return this.#forCalibration ? line + this.#clues(record) : line;
  }

  /** What shows how fast deployments are, and what their caches are worth. */
  #clues({ call, trace, usage }: CallRecord): string {
    let text = "";
    if (usage?.cachedTokens !== undefined) text += `,"cached_tokens":${numberText(usage.cachedTokens)}`;
    for (const [index, attempt] of trace.entries()) text += (index === 0 ? `,"tried":[` : ",") + this.#attempt(attempt);
    if (trace.length > 0) text += "]";
    const hashes = endpoints[call.endpoint].hasTokens ? (this.#prefixes?.of(call.body) ?? []) : [];
    return hashes.length === 0 ? text : `${text},"prefixes":["${hashes.join('","')}"]`;
  }

  #attempt({ deploymentId, outcome, ms }: AttemptTrace): string {
    let opening = this.#openings.get(deploymentId);
    if (opening === undefined) {
      if (this.#openings.size >= mostMiddles) this.#openings.clear();
      opening = `{"deployment":${JSON.stringify(deploymentId)},"outcome":"`;
      this.#openings.set(deploymentId, opening);
    }
    return `${opening}${outcome}","ms":${msText(ms)}}`;
  }

  #middle({ call, group, deployment }: CallRecord, outcome: OutcomeClass): string {
    const known = deployment && this.#middles.get(deployment.id);
    if (known !== undefined && isOf(known, call, group, outcome)) return known.text;
    const { inboundProtocol, endpoint, model, stream, caller } = call;
    // Any other name is the caller's own and is looked through for secrets each time.
    const isConfigured = model === group;
    const name = caller === undefined ? "" : `,"key_name":${JSON.stringify(caller.name)}`;
    const where = deployment === undefined ? "" : `,"deployment":${JSON.stringify(deployment.id)}`;
    // What is not quoted by JSON.stringify is a word of this program.
    const text =
      `,"door":"${inboundProtocol}","endpoint":"${endpoint}"${name},"model":${JSON.stringify(isConfigured ? model : this.#shortened(model))}` +
      `,"group":${JSON.stringify(group)}${where},"stream":${stream},"outcome":"${outcome}"`;
    if (deployment !== undefined && isConfigured) {
      if (this.#middles.size >= mostMiddles) this.#middles.clear();
      this.#middles.set(deployment.id, { inboundProtocol, endpoint, keyName: caller?.name, group, stream, outcome, text });
    }
    return text;
  }

  #shortened(model: string): string {
    const clean = this.#clean(model);
    return clean.length <= longestName ? clean : `${cutText(clean, longestName)}…`;
  }
}

function isOf(middle: Middle, call: Call, group: string, outcome: OutcomeClass): boolean {
  return (
    middle.group === group &&
    call.model === group &&
    middle.keyName === call.caller?.name &&
    middle.stream === call.stream &&
    middle.outcome === outcome &&
    middle.inboundProtocol === call.inboundProtocol &&
    middle.endpoint === call.endpoint
  );
}

/** What was counted by the piece: nothing of nearly all calls. */
function unitsText({ images, seconds, characters, queries }: UnitCounts): string {
  let text = "";
  if (images !== undefined) text += `,"images":${numberText(images)}`;
  if (seconds !== undefined) text += `,"audio_seconds":${numberText(seconds)}`;
  if (characters !== undefined) text += `,"characters":${numberText(characters)}`;
  if (queries !== undefined) text += `,"queries":${numberText(queries)}`;
  return text;
}

/** Writes a number as JSON does: NaN and infinities as `null`. */
function numberText(value: number): string {
  return Number.isFinite(value) ? `${value}` : "null";
}

/** By thousandths: the text of a number behind its whole part. Looking it up is quicker than formatting the number. */
const fractions: readonly string[] = Array.from({ length: 1_000 }, (_, thousandths) => `${thousandths / 1_000}`.slice(1));

/** Writes milliseconds to the microsecond: the rest is noise. */
function msText(ms: number): string {
  const micros = Math.round(ms * 1_000);
  if (!(micros >= 0 && micros <= mostQuickMicros)) return numberText(micros / 1_000);
  const whole = Math.floor(micros / 1_000);
  return `${whole}${fractions[micros - whole * 1_000]}`;
}

/** Up to here, a whole number is one of the engine's small integers, which are written quickly. */
const mostQuickMicros = 1_000_000_000;
