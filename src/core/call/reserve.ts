import type { Call } from "../call.ts";
import type { Demand } from "../pick/demand.ts";
import { eligibility, tokensToReserve } from "../pick/eligibility.ts";
import { pickContext } from "../pick/pick-context.ts";
import type { Picker } from "../pick/picker.ts";
import { AttemptProgress } from "../flow/attempt-progress.ts";
import type { Ledger } from "../state/ledger.ts";
import type { Reservation } from "../state/reservation.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { GroupAttempts } from "./group-attempts.ts";

/** A deployment that was picked for a call, with the attempt reserved there. */
export interface ReservedAttempt {
  readonly groupAttempts: GroupAttempts;
  readonly entry: RoutedDeployment;
  /** As it is sent there. */
  readonly call: Call;
  readonly reservation: Reservation;
  /** Undefined where it is not followed. */
  readonly progress: AttemptProgress | undefined;
  /** The moment of the pick, on the router's clock. */
  readonly now: number;
}

/** No prompt counts as more, so that sums of many fit into the ledger. */
const mostPromptTokens = 2 ** 22;

interface ReserveDeps {
  readonly ledger: Ledger;
  readonly picker: Picker;
}

/**
 * Picks a deployment and reserves the attempt there, in one step on all threads: limits hold however many calls come at once. Where its
 * adapter first has to write the request to tell whether it can be sent, that happens between the two, while no thread waits.
 * @param callFor What to send there when it is not the call itself; undefined when nothing can be, and nothing is reserved.
 * @returns undefined when nothing is eligible. Throws what a user's strategy throws.
 */
export function reserveAttempt(
  groupAttempts: GroupAttempts,
  demand: Demand,
  deps: ReserveDeps,
  callFor?: (entry: RoutedDeployment) => Call | undefined,
): ReservedAttempt | undefined {
  let accepted: RoutedDeployment | undefined;
  for (;;) {
    const { refusals } = groupAttempts;
    const known = refusals === demand.refusals ? demand : { ...demand, refusals };
    const entry = pickOrReserve(groupAttempts, known, accepted, deps, callFor);
    if (entry === undefined || "reservation" in entry) return entry;
    accepted = groupAttempts.takes(entry) ? entry : undefined;
  }
}

/** @returns The reserved attempt, or a deployment whose adapter is to be asked before anything is reserved there. */
function pickOrReserve(
  groupAttempts: GroupAttempts,
  demand: Demand,
  accepted: RoutedDeployment | undefined,
  { ledger, picker }: ReserveDeps,
  callFor: ((entry: RoutedDeployment) => Call | undefined) | undefined,
): ReservedAttempt | RoutedDeployment | undefined {
  const { call, group } = groupAttempts;
  const { now } = demand;
  // While the prompt is read, no other thread waits.
  const { prefix } = groupAttempts;
  ledger.lock();
  try {
    const isStillFree = accepted !== undefined && eligibility(accepted, { ...demand, acceptWarming: true }, ledger) === "eligible";
    const entry = isStillFree
      ? accepted
      : picker.pick(group, demand, pickContext(group, demand, { stream: call.stream, kind: groupAttempts.answerKind, prefix }, ledger));
    if (entry === undefined || groupAttempts.isUnasked(entry)) return entry;
    const sent = callFor === undefined ? call : callFor(entry);
    if (sent === undefined) return undefined;
    const tokens = tokensToReserve(entry, demand, ledger);
    const reservation = ledger.beginFor(entry, entry.healthRow(call.endpoint), now, tokens, call.answers);
    return { groupAttempts, entry, call: sent, reservation, progress: progressOf(groupAttempts, entry, demand, ledger), now };
  } finally {
    ledger.unlock();
  }
}

/** Enters what an attempt has before it among the work of its deployment, where a strategy looks at that. */
function progressOf(
  { group: { lengths }, answerKind: kind, prefix }: GroupAttempts,
  { row }: RoutedDeployment,
  { now, requestBytes, maxOutputTokens: cap, answers }: Demand,
  ledger: Ledger,
): AttemptProgress | undefined {
  if (lengths === undefined || answers === 0) return undefined;
  const known = prefix?.bytesOn(row, now) ?? 0;
  const trusted = prefix?.trustedBytesOn(row, now) ?? 0;
  prefix?.remember(row, now);
  const promptTokens = Math.min(ledger.estimatePromptTokens(row, Math.max(requestBytes - trusted, 0)), mostPromptTokens);
  const rememberedTokens = ledger.estimatePromptTokens(row, known);
  return new AttemptProgress(ledger, row, { promptTokens, lengths, kind, cap, answers, prefix, rememberedTokens });
}

/** Whether {@link reserveAttempt} would find a deployment. @param now On the router's clock. */
export function canReserve(groupAttempts: GroupAttempts, now: number, picker: Picker): boolean {
  for (;;) {
    const entry = picker.find(groupAttempts.group, groupAttempts.demand(now));
    if (entry === undefined) return false;
    if (groupAttempts.takes(entry)) return true;
  }
}
