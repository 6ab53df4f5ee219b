import type { Call } from "../call.ts";
import type { Demand } from "../pick/demand.ts";
import { tokensToReserve } from "../pick/eligibility.ts";
import { pickContext } from "../pick/pick-context.ts";
import type { Picker } from "../pick/picker.ts";
import type { Ledger, Reservation } from "../state/ledger.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { GroupAttempts } from "./group-attempts.ts";

/** A deployment that was picked for a call, with the attempt reserved there. */
export interface ReservedAttempt {
  readonly groupAttempts: GroupAttempts;
  readonly entry: RoutedDeployment;
  /** As it is sent there. */
  readonly call: Call;
  readonly reservation: Reservation;
  /** The moment of the pick, on the router's clock. */
  readonly now: number;
}

/**
 * Picks a deployment and reserves the attempt there, in one step on all threads: limits hold however many calls come at once.
 * @param callFor What to send there when it is not the call itself; undefined when nothing can be, and nothing is reserved.
 * @returns undefined when nothing is eligible. Throws what a user's strategy throws.
 */
export function reserveAttempt(
  groupAttempts: GroupAttempts,
  demand: Demand,
  { ledger, picker }: { readonly ledger: Ledger; readonly picker: Picker },
  callFor?: (entry: RoutedDeployment) => Call | undefined,
): ReservedAttempt | undefined {
  const { call, group } = groupAttempts;
  const { now } = demand;
  ledger.lock();
  try {
    const entry = picker.pick(group, demand, pickContext(group, demand, call.stream, ledger));
    if (entry === undefined) return undefined;
    const sent = callFor === undefined ? call : callFor(entry);
    if (sent === undefined) return undefined;
    const tokens = tokensToReserve(entry, demand, ledger);
    const reservation = ledger.beginFor(entry.row, entry.healthRow(call.endpoint), now, tokens, call.answers);
    return { groupAttempts, entry, call: sent, reservation, now };
  } finally {
    ledger.unlock();
  }
}
