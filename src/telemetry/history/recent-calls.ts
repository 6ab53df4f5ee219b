import type { CallQuery, RecentCall } from "../../control/history.ts";
import type { CallRecord, RouterObserver } from "../../core/observer.ts";
import type { AttemptTrace } from "../../core/reply-sink.ts";
import { cutText } from "../../lib/cut-text.ts";

/** Characters of a model's name that are kept: a caller may send any name. */
const longestName = 200;
/** Attempts of a call that are kept. */
const mostAttempts = 50;

type Slot = { -readonly [Field in keyof RecentCall]: RecentCall[Field] } & {
  /** How long the only attempt took, of a call that needed no other: `attempts` is empty then, so that nothing of the call is kept alive. */
  plainMs: number | undefined;
};

/**
 * Remembers the latest calls of one thread in a ring of slots that are written over. A call that ends copies a few fields, and allocates
 * nothing once the ring is full.
 */
export class RecentCallRing implements RouterObserver {
  readonly capacity: number;
  readonly #slots: Slot[] = [];
  #next = 0;

  /** @param capacity How many are remembered; 0 for none. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  callEnded(record: CallRecord): void {
    if (this.capacity === 0) return;
    const slot = this.#slots[this.#next];
    if (slot === undefined) this.#slots.push(fill({} as Slot, record));
    else fill(slot, record);
    this.#next = (this.#next + 1) % this.capacity;
  }

  /** The calls that are asked for, newest first. They are copies. */
  find(query: CallQuery): readonly RecentCall[] {
    const found: RecentCall[] = [];
    const count = this.#slots.length;
    for (let back = 1; back <= count && found.length < query.limit; back++) {
      const slot = this.#slots[(this.#next - back + count) % count];
      if (slot !== undefined && isWanted(slot, query)) found.push(copyOf(slot));
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
function fill(slot: Slot, record: CallRecord): Slot {
  const { call, usage, deployment, trace } = record;
  const [only] = trace;
  const isPlain = trace.length === 1 && only?.outcome === "success";
  slot.id = call.id;
  slot.endedAt = record.endedAt;
  slot.model = call.model === record.group ? record.group : cutText(call.model, longestName);
  slot.group = record.group;
  slot.deploymentId = deployment?.id ?? "";
  slot.keyName = call.caller?.name ?? "";
  slot.inboundProtocol = call.inboundProtocol;
  slot.endpoint = call.endpoint;
  slot.stream = call.stream;
  slot.code = record.error?.code;
  slot.totalMs = record.endedAt - record.startedAt;
  slot.firstTokenMs = record.firstTokenMs;
  slot.queuedMs = record.queuedMs;
  slot.retries = record.retries;
  slot.fallbacks = record.fallbacks;
  slot.promptTokens = usage?.promptTokens;
  slot.outputTokens = usage?.outputTokens;
  slot.isEstimated = usage?.estimated === true;
  slot.costUsd = record.costUsd;
  slot.attempts = isPlain ? none : trace.slice(0, mostAttempts);
  slot.adjusted = record.adjusted;
  slot.plainMs = isPlain ? only.ms : undefined;
  return slot;
}

const none: readonly AttemptTrace[] = [];

function copyOf({ plainMs, ...call }: Slot): RecentCall {
  return plainMs === undefined ? call : { ...call, attempts: [plainAttempt(call, plainMs)] };
}

function plainAttempt({ deploymentId, group }: Pick<RecentCall, "deploymentId" | "group">, ms: number): AttemptTrace {
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
