import type { CallQuery, RecentCall } from "../../control/history.ts";
import type { CallRecord, RouterObserver } from "../../core/observer.ts";
import type { AttemptTrace } from "../../core/reply-sink.ts";
import { cutText } from "../../lib/cut-text.ts";

/** Characters of a model's name that are kept: a caller may send any name. */
const longestName = 200;
/** Attempts of a call that are kept. */
const mostAttempts = 50;

/** Where a slot's numbers stand in its row. NaN stands for what is not known. */
const column = {
  endedAt: 0,
  totalMs: 1,
  firstTokenMs: 2,
  queuedMs: 3,
  retries: 4,
  fallbacks: 5,
  promptTokens: 6,
  outputTokens: 7,
  costUsd: 8,
  /** How long the only attempt took, of a call that needed no other: `attempts` is empty then, so that nothing of the call is kept alive. */
  plainMs: 9,
} as const;
const rowLength = 10;

type Told = Omit<RecentCall, Exclude<keyof typeof column, "plainMs">>;
/** What is remembered of a call beside its numbers. */
type Slot = { -readonly [Field in keyof Told]: Told[Field] };

/**
 * Remembers the latest calls of one thread in a ring of slots that are written over. A call that ends copies a few fields, and allocates
 * nothing once the ring is full. Numbers stand in rows of their own: in a slot, each would be an object that outlives its call.
 */
export class RecentCallRing implements RouterObserver {
  readonly capacity: number;
  readonly #slots: Slot[] = [];
  #numbers = new Float64Array(0);
  #next = 0;

  /** @param capacity How many are remembered; 0 for none. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  callEnded(record: CallRecord): void {
    if (this.capacity === 0) return;
    const place = this.#next;
    const slot = this.#slots[place];
    if (slot === undefined) {
      this.#slots.push(fill({} as Slot, record));
      this.#makeRoom();
    } else fill(slot, record);
    fillNumbers(this.#numbers, place * rowLength, record);
    this.#next = place + 1 === this.capacity ? 0 : place + 1;
  }

  #makeRoom(): void {
    const { length } = this.#slots;
    if (length * rowLength <= this.#numbers.length) return;
    const larger = new Float64Array(Math.min(length * 2, this.capacity) * rowLength);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }

  /** The calls that are asked for, newest first. They are copies. */
  find(query: CallQuery): readonly RecentCall[] {
    const found: RecentCall[] = [];
    const count = this.#slots.length;
    for (let back = 1; back <= count && found.length < query.limit; back++) {
      const place = (this.#next - back + count) % count;
      const slot = this.#slots[place];
      if (slot !== undefined && isWanted(slot, query)) found.push(copyOf(slot, this.#numbers.subarray(place * rowLength)));
    }
    return found;
  }
}

/** Joins what rings of several threads have found, newest first. */
export function joinRecentCalls(found: readonly (readonly RecentCall[])[], limit: number): readonly RecentCall[] {
  return found
    .flat()
    .toSorted((one, other) => other.endedAt - one.endedAt)
    .slice(0, limit);
}

/** All fields in one order each time, so that the engine keeps one shape of slots. */
function fill(slot: Slot, { call, group, deployment, error, trace, usage, adjusted }: CallRecord): Slot {
  slot.id = call.id;
  slot.model = call.model === group ? group : cutText(call.model, longestName);
  slot.group = group;
  slot.deploymentId = deployment?.id ?? "";
  slot.keyName = call.caller?.name ?? "";
  slot.inboundProtocol = call.inboundProtocol;
  slot.endpoint = call.endpoint;
  slot.stream = call.stream;
  slot.code = error?.code;
  slot.isEstimated = usage?.estimated === true;
  slot.attempts = isPlain(trace) ? none : trace.slice(0, mostAttempts);
  slot.adjusted = adjusted;
  return slot;
}

/** Whether the only attempt says nothing that the call does not. */
function isPlain(trace: readonly AttemptTrace[]): boolean {
  return trace.length === 1 && trace[0]?.outcome === "success";
}

function fillNumbers(numbers: Float64Array, at: number, record: CallRecord): void {
  const { endedAt, usage, trace } = record;
  numbers[at + column.endedAt] = endedAt;
  numbers[at + column.totalMs] = endedAt - record.startedAt;
  numbers[at + column.firstTokenMs] = record.firstTokenMs ?? Number.NaN;
  numbers[at + column.queuedMs] = record.queuedMs;
  numbers[at + column.retries] = record.retries;
  numbers[at + column.fallbacks] = record.fallbacks;
  numbers[at + column.promptTokens] = usage?.promptTokens ?? Number.NaN;
  numbers[at + column.outputTokens] = usage?.outputTokens ?? Number.NaN;
  numbers[at + column.costUsd] = record.costUsd ?? Number.NaN;
  numbers[at + column.plainMs] = isPlain(trace) ? (trace[0]?.ms ?? Number.NaN) : Number.NaN;
}

const none: readonly AttemptTrace[] = [];

/** @param row Begins with the slot's numbers. */
function copyOf(slot: Slot, row: Float64Array): RecentCall {
  const known = (name: keyof typeof column): number | undefined => {
    const number = row[column[name]] ?? Number.NaN;
    return Number.isNaN(number) ? undefined : number;
  };
  const plainMs = known("plainMs");
  return {
    ...slot,
    endedAt: known("endedAt") ?? 0,
    totalMs: known("totalMs") ?? 0,
    firstTokenMs: known("firstTokenMs"),
    queuedMs: known("queuedMs") ?? 0,
    retries: known("retries") ?? 0,
    fallbacks: known("fallbacks") ?? 0,
    promptTokens: known("promptTokens"),
    outputTokens: known("outputTokens"),
    costUsd: known("costUsd"),
    attempts: plainMs === undefined ? slot.attempts : [plainAttempt(slot, plainMs)],
  };
}

function plainAttempt({ deploymentId, group }: Pick<Slot, "deploymentId" | "group">, ms: number): AttemptTrace {
  return { deploymentId, group, outcome: "success", ms };
}

function isWanted(slot: Slot, { model, deploymentId, keyName, failedOnly }: CallQuery): boolean {
  if (model !== undefined && slot.model !== model && slot.group !== model) return false;
  if (keyName !== undefined && slot.keyName !== keyName) return false;
  const here = (attempt: AttemptTrace): boolean => deploymentId === undefined || attempt.deploymentId === deploymentId;
  if (failedOnly) {
    const failed = slot.attempts.some((attempt) => here(attempt) && attempt.outcome !== "success" && attempt.outcome !== "cancelled");
    return failed || (slot.code !== undefined && (deploymentId === undefined || slot.deploymentId === deploymentId));
  }
  return deploymentId === undefined || slot.deploymentId === deploymentId || slot.attempts.some(here);
}
