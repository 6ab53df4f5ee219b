import { RouterError } from "../errors.ts";
import { comesTooLate, msUntilCapacity } from "../pick/no-capacity.ts";
import type { Group } from "../table/group.ts";
import type { Waiter } from "../queue/waiter.ts";
import type { RouterSettings } from "../router-settings.ts";
import type { CallAccounting } from "./accounting.ts";
import type { GroupAttempts } from "./group-attempts.ts";
import type { Wait, WaitDeps, WaitOwner } from "./waiting.ts";

/** What a call that waits brings along. */
export interface QueueWaitPlan {
  readonly groupAttempts: GroupAttempts;
  readonly owner: WaitOwner;
  readonly accounting: CallAccounting;
  readonly deps: WaitDeps;
}

/** A place in the queue for capacity. */
export class QueueWait implements Wait, Waiter {
  readonly group: string;
  readonly tenant: string;
  readonly priority: number;
  readonly until: number;
  readonly arrivedAt: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly kind: string | undefined;
  readonly #plan: QueueWaitPlan;
  /** Until when the wait has been accounted for. */
  #countedUntil: number;

  /** @param timeoutMs How long it may wait, unless its deadline is earlier. */
  constructor(plan: QueueWaitPlan, timeoutMs: number) {
    const { groupAttempts, deps } = plan;
    const { call, group, requestBytes } = groupAttempts;
    this.group = group.name;
    this.tenant = call.tenant ?? "";
    this.priority = groupAttempts.priority;
    this.arrivedAt = deps.clock.now();
    this.until = Math.min(this.arrivedAt + timeoutMs, call.deadline ?? Number.POSITIVE_INFINITY);
    const row = group.entries[0]?.row ?? 0;
    this.promptTokens = deps.ledger.estimatePromptTokens(row, requestBytes);
    this.outputTokens = deps.ledger.estimateOutputTokens(row, call.maxOutputTokens, call.answers);
    this.kind = groupAttempts.kind(this.promptTokens);
    this.#plan = plan;
    this.#countedUntil = this.arrivedAt;
  }

  /**
   * A place for a call that has found no capacity; undefined where it may not wait, and an error where that would come to nothing: its deadline is
   * before capacity can be there.
   */
  static placeFor(plan: QueueWaitPlan, { queue }: Pick<RouterSettings, "queue">): QueueWait | RouterError | undefined {
    const { groupAttempts, deps } = plan;
    const { call, group } = groupAttempts;
    const timeoutMs = longestWaitMs(group, queue.timeoutMs);
    if (timeoutMs <= 0) return undefined;
    const wait = new QueueWait(plan, timeoutMs);
    if (call.deadline !== undefined) {
      const leftMs = call.deadline - wait.arrivedAt;
      const expectedMs = deps.queue.expectedMs(wait);
      if (comesTooLate(group, groupAttempts.demand(wait.arrivedAt), deps.ledger, leftMs) || expectedMs > leftMs * mostHoped) {
        const retryAfterMs = msUntilCapacity(group, groupAttempts.demand(wait.arrivedAt), deps.ledger) ?? expectedMs;
        return new RouterError("no_capacity", `The call's deadline would run out before "${call.model}" has capacity for it.`, {
          retryAfterMs,
        });
      }
    }
    return deps.queue.length < queue.size || deps.queue.makeRoom(group.name, wait.tenant) ? wait : undefined;
  }

  cancel(): void {
    this.#plan.deps.queue.remove(this);
  }

  tryNow(): true | number | undefined {
    const { groupAttempts, owner, accounting, deps } = this.#plan;
    const { clock, ledger } = deps;
    const waitedMs = clock.now() - this.#countedUntil;
    accounting.elsewhereMs += waitedMs;
    accounting.queued(waitedMs);
    this.#countedUntil += waitedMs;
    if (owner.goNow(groupAttempts)) return true;
    const now = clock.now();
    const untilMs = msUntilCapacity(groupAttempts.group, groupAttempts.demand(now), ledger);
    return untilMs === undefined ? undefined : now + untilMs;
  }

  giveUp(): void {
    this.#plan.accounting.queued(this.#plan.deps.clock.now() - this.#countedUntil);
    this.#plan.owner.onQueueTimeout(this.#plan.groupAttempts);
  }
}

/** How long a call may wait for a group. A limit that is learned has calls wait for a while though nothing says so. */
export function longestWaitMs({ entries }: Group, timeoutMs: number): number {
  return timeoutMs > 0 || !entries.some(({ learnsParallel }) => learnsParallel) ? timeoutMs : usualWaitMs;
}

const usualWaitMs = 10_000;

/** A call is turned away at once when it is likely to wait for so many times what it has left. */
const mostHoped = 1.5;

/** The error of a call whose deadline has run out in the queue. */
export function lateInQueue(): RouterError {
  return new RouterError("deadline_exceeded", "The call's deadline ran out while it waited for capacity.");
}
