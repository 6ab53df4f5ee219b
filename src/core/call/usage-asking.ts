import type { RouterError } from "../errors.ts";
import type { Ledger } from "../state/ledger.ts";
import type { AttemptPlan } from "./attempt-plan.ts";

/** A host that refused to be asked is asked again after so long: hosts learn. */
const refusedForMs = 24 * 60 * 60 * 1_000;

/**
 * Asks a deployment to tell the usage of one stream whose caller did not ask for it. Where the request is refused, it is sent again
 * without the question, in the same attempt; only if that goes well was the question at fault, and the deployment is left alone with it.
 */
export class UsageAsking {
  readonly #row: number;
  readonly #ledger: Ledger;
  readonly #isTold: boolean;
  #isAsked = true;

  private constructor(row: number, ledger: Ledger, isTold: boolean) {
    this.#row = row;
    this.#ledger = ledger;
    this.#isTold = isTold;
  }

  /** Undefined where there is nothing to ask: the caller asked itself, or the host does not take it. */
  static of({ call, entry, startedAt, groupAttempts }: AttemptPlan, ledger: Ledger): UsageAsking | undefined {
    const { adapter } = entry.deployment;
    if (!call.stream || call.includeUsage || adapter.canAskUsage !== true) return undefined;
    // Where a deployment speaks the caller's own format, the usage comes unasked.
    if (call.foreign !== undefined && adapter.replyFormat(call) === call.foreign.format) return undefined;
    return ledger.mayAskUsage(entry.row, startedAt) ? new UsageAsking(entry.row, ledger, groupAttempts.tellsUsage) : undefined;
  }

  /** Whether the request that is under way asks. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** Whether the caller, which did not ask, is to see nothing of the answer. */
  get isHidden(): boolean {
    return this.#isAsked && !this.#isTold;
  }

  /** Whether the question may be what the host refuses. If so, it is taken back: the next request does not ask. */
  takesBack({ code, upstream }: RouterError): boolean {
    if (!this.#isAsked || upstream === undefined) return false;
    const isNamed = /stream[_ ]options|include_usage/i.test(upstream.message ?? "");
    const isUnclear = code === "invalid_request" && (upstream.status === 400 || upstream.status === 422);
    // A host that has told its usage before refuses something else, unless it says so.
    if (!isNamed && !(isUnclear && !this.#ledger.hasToldUsage(this.#row))) return false;
    this.#isAsked = false;
    return true;
  }

  /** The stream has its first content: the request went well. */
  noteContent(now: number): void {
    if (!this.#isAsked) this.#ledger.noteUsageAsked(this.#row, now + refusedForMs);
    else if (!this.#ledger.hasToldUsage(this.#row)) this.#ledger.noteUsageAsked(this.#row, 0);
  }
}
