import type { RowAccess } from "../../lib/shared/row-memory.ts";
import { SharedTexts } from "../../lib/shared/shared-texts.ts";
import { deploymentStates, type DeploymentState } from "../deployment-state.ts";
import { type ErrorCode, errorCodes } from "../errors.ts";
import type { TextCount } from "../outcome.ts";
import { tokensLackedUntil } from "./told-quota.ts";
import { column, LedgerRows, real, rolling } from "./ledger-rows.ts";
import { pots } from "./lease-rows.ts";
import type { LeaseSignals } from "./lease-signals.ts";

/** No estimate is larger, whatever a caller asks for: sums of many stay whole numbers that the ledger can hold. */
const mostEstimated = 2 ** 22;

/** Successes before a quantile of them is believed. */
const fewestForQuantile = 20;

/** What limits are counted by. */
const limitedKinds = [rolling.requests, rolling.promptTokens, rolling.outputTokens];

/** How one thread reaches a ledger that threads share. */
export interface LedgerAccess extends RowAccess {
  /** The memory of what failures said. Omit it for rows of what never cools down. */
  readonly texts?: SharedArrayBuffer | undefined;
}

/** What can be read of a ledger. Moments (`now`, `until`) are milliseconds on the router's clock. */
export class LedgerView extends LedgerRows {
  /** What the failure said that began the latest cooldown, by row. */
  protected readonly cooldownTexts: Pick<Map<number, string>, "get"> & { set(row: number, text: string): void; delete(row: number): void };

  /** @param access To rows that threads share. Omit it for rows of this thread alone. @param signals As for {@link LedgerRows}. */
  constructor(access?: LedgerAccess, signals?: LeaseSignals) {
    super(access, signals);
    this.cooldownTexts = access?.texts === undefined ? new Map<number, string>() : new SharedTexts(access.texts, access.lock);
  }

  /** Attempts that have not ended. */
  inFlight(row: number): number {
    return this.int(row, column.inFlight);
  }

  /** How many attempts may be under way where that is learned; 0 where it is not. */
  autoLimit(row: number): number {
    return this.real(row, real.autoLimit);
  }

  /** Requests of a key whose bodies are still coming. */
  places(row: number): number {
    return this.int(row, column.places);
  }

  /** Tokens reserved for attempts in flight. */
  outstandingTokens(row: number): number {
    return this.int(row, column.outstandingTokens);
  }

  /** Prompt tokens of attempts that have no content yet. */
  waitingPromptTokens(row: number): number {
    return this.int(row, column.waitingPrompt);
  }

  /** Output tokens that attempts in flight are expected to make yet. */
  expectedRestTokens(row: number): number {
    return this.int(row, column.restTokens);
  }

  /** Attempts that succeeded, since the start. */
  successes(row: number): number {
    return this.int(row, column.successes);
  }

  /** Attempts that failed by the deployment's fault, since the start. */
  failures(row: number): number {
    return this.int(row, column.failures);
  }

  /** Attempts that the caller gave up, since the start. */
  cancellations(row: number): number {
    return this.int(row, column.cancellations);
  }

  /** The state that an operator gave it. */
  state(row: number): DeploymentState {
    return deploymentStates[this.int(row, column.state)] ?? "active";
  }

  /** Requests begun within the window that ends at `now`. */
  usedRequests(row: number, now: number): number {
    return this.window.sum(row, rolling.requests, now);
  }

  /** Tokens reserved or used within the window that ends at `now`. */
  usedTokens(row: number, now: number): number {
    return this.window.sum(row, rolling.promptTokens, now) + this.window.latest(row, rolling.outputTokens);
  }

  /** The same requests and tokens of all nodes together, as far as this one knows. */
  requestsOfAll(row: number, now: number): number {
    return Math.max(this.usedRequests(row, now), this.leases?.bookedByAll(row, pots.requests) ?? 0);
  }

  tokensOfAll(row: number, now: number): number {
    return Math.max(this.usedTokens(row, now), this.leases?.bookedByAll(row, pots.tokens) ?? 0);
  }

  /** Prompt tokens within the same window. */
  usedPromptTokens(row: number, now: number): number {
    return this.window.sum(row, rolling.promptTokens, now);
  }

  /** Output tokens within the same window. */
  usedOutputTokens(row: number, now: number): number {
    return this.window.sum(row, rolling.outputTokens, now);
  }

  /** What of these kinds is in the window, by age in whole seconds. */
  usedByAge(row: number, kinds: readonly number[], now: number): readonly (readonly [ageSeconds: number, amount: number])[] {
    return this.window.byAge(row, kinds, now);
  }

  /** Requests begun on the present day, tokens reserved or used, and when it ends: as `Ledger.turnDay` last made it. */
  requestsOfDay(row: number): number {
    return this.real(row, real.dayRequests);
  }

  tokensOfDay(row: number): number {
    return this.real(row, real.dayTokens);
  }

  dayUntil(row: number): number {
    return this.real(row, real.dayUntil);
  }

  /** Attempts within the window that tell of the deployment: those that succeeded, and those that failed by its fault. */
  recentOutcomes(row: number, now: number): number {
    return this.window.sum(row, rolling.outcomes, now);
  }

  /** Those of them that failed. */
  recentFailures(row: number, now: number): number {
    return this.window.sum(row, rolling.failures, now);
  }

  /** Requests begun within the last `seconds` whole seconds and the current one. */
  requestsWithin(row: number, now: number, seconds: number): number {
    return this.window.sumWithin(row, rolling.requests, now, seconds);
  }

  /** Second and later tries of one call on this deployment, over the same span as {@link requestsWithin}. */
  repeatsWithin(row: number, now: number, seconds: number): number {
    return this.window.sumWithin(row, rolling.repeats, now, seconds);
  }

  /** Whether {@link state}, {@link isCoolingDown}, {@link recoveredAt} and the quota that the provider reported may differ from their defaults. */
  isWatched(row: number): boolean {
    return this.int(row, column.watched) === 1;
  }

  /** Until when the provider, by its own word, takes no more requests; 0 when it takes some. */
  requestsSpentUntil(row: number, now: number): number {
    const until = this.real(row, real.quotaRequestsUntil);
    return now < until && this.real(row, real.quotaRequests) < 1 ? until : 0;
  }

  /** The same for so many tokens. */
  tokensSpentUntil(row: number, now: number, tokens: number): number {
    return tokensLackedUntil(this.arrays, row, now, tokens);
  }

  /** The share of its limits that the provider says is used, of the one that is closer to its end; 0 where it says nothing. */
  quotaUsed(row: number, now: number): number {
    if (!this.isWatched(row)) return 0;
    const requests = this.#usedShare(row, now, real.quotaRequests, real.quotaRequestsMost);
    return Math.max(requests, this.#usedShare(row, now, real.quotaTokens, real.quotaTokensMost));
  }

  /** @param left A column, beside which its end stands. */
  #usedShare(row: number, now: number, left: number, most: number): number {
    if (now >= this.real(row, left + 1)) return 0;
    return Math.min(Math.max(1 - this.real(row, left) / Math.max(this.real(row, most), 1), 0), 1);
  }

  /** Whether a deployment cools down, or did and has not yet shown that it is well. */
  isCoolingDown(row: number): boolean {
    return this.int(row, column.coolingDown) === 1;
  }

  /** Whether a probe is in flight: an attempt that shows whether a deployment that cooled down is well. */
  isProbing(row: number): boolean {
    return this.int(row, column.probing) > 0;
  }

  /** When the latest probe began. Meaningful only while there is one. */
  probedAt(row: number): number {
    return this.real(row, real.probedAt);
  }

  /** The end of the cooldown. Meaningful only while there is one. */
  cooldownUntil(row: number): number {
    return this.real(row, real.cooldownUntil);
  }

  /** Why the latest cooldown began. Meaningful only while there is one; undefined when it is not known. */
  cooldownCause(row: number): ErrorCode | undefined {
    return errorCodes[this.int(row, column.cooldownCause) - 1];
  }

  /** What the failure said that began the latest cooldown; undefined when that is not known, or was forgotten for others'. */
  cooldownText(row: number): string | undefined {
    return this.cooldownTexts.get(row);
  }

  /** When a success ended the latest cooldown; -Infinity before the first time. */
  recoveredAt(row: number): number {
    return this.real(row, real.recoveredAt);
  }

  /** These and the next are what `DeploymentView` (`core/strategy.ts`) says of them. */
  firstTokenMs(row: number): number | undefined {
    return this.int(row, column.firstTokenSamples) === 0 ? undefined : this.real(row, real.firstTokenMs);
  }

  msPerToken(row: number): number | undefined {
    return this.int(row, column.perTokenSamples) === 0 ? undefined : this.real(row, real.msPerToken);
  }

  /** Whether a stream was answered: each failure of the deployment's is a sample too, as a penalty. */
  hasStreamed(row: number): boolean {
    return this.int(row, column.firstTokenSamples) > this.int(row, column.failures);
  }

  /** The same of unary replies. */
  hasReplied(row: number): boolean {
    return this.int(row, column.perTokenSamples) > this.int(row, column.failures);
  }

  peakFirstTokenMs(row: number): number | undefined {
    return this.int(row, column.firstTokenSamples) === 0 ? undefined : this.real(row, real.peakFirstTokenMs);
  }

  peakMsPerToken(row: number): number | undefined {
    return this.int(row, column.perTokenSamples) === 0 ? undefined : this.real(row, real.peakMsPerToken);
  }

  firstTokenMeasuredAt(row: number): number {
    return this.real(row, real.firstTokenMeasuredAt);
  }

  perTokenMeasuredAt(row: number): number {
    return this.real(row, real.perTokenMeasuredAt);
  }

  /** The time in which 95 of 100 calls have their first content, or their whole reply. Undefined before 20 successes. */
  lateMs(row: number): number | undefined {
    return this.int(row, column.successes) < fewestForQuantile ? undefined : this.real(row, real.lateMs);
  }

  failureRate(row: number): number {
    return this.real(row, real.failureRate);
  }

  /** How many tokens a request of this size is likely to have, by what this deployment reported before. */
  estimatePromptTokens(row: number, requestBytes: number): number {
    return Math.ceil(requestBytes * this.real(row, real.tokensPerByte));
  }

  /** How many tokens the answers are likely to have, none of them more than the caller's cap. */
  estimateOutputTokens(row: number, cap: number | undefined, answers = 1): number {
    const expected = Math.ceil(this.real(row, real.outputTokens));
    return Math.min((cap === undefined || expected < cap ? expected : cap) * answers, mostEstimated);
  }

  /** How many tokens an answer of this text is likely to have had: no piece is less than one. */
  estimateText(row: number, { pieces, bytes }: TextCount): number {
    return Math.max(pieces, Math.ceil(bytes * this.real(row, real.tokensPerTextByte)));
  }

  /** How many tokens the deployment is likely to have made of each answer after so long; 0 while its pace is not known. */
  estimateMade(row: number, elapsedMs: number): number {
    const msPerToken = this.real(row, real.msPerOutputToken);
    return msPerToken > 0 ? Math.ceil(elapsedMs / msPerToken) : 0;
  }

  /** Whether a deployment whose host should take it is asked for the usage of streams: not for a day after it has refused that. */
  mayAskUsage(row: number, now: number): boolean {
    return now >= this.real(row, real.usageRefusedUntil);
  }

  /** Whether it has answered well when it was asked. */
  hasToldUsage(row: number): boolean {
    return this.int(row, column.toldUsage) === 1;
  }

  /** Milliseconds from `now` until no request and no token is left in the window. */
  msUntilUnused(row: number, now: number): number {
    return this.window.msUntilEmpty(row, limitedKinds, now);
  }

  /** Milliseconds from `now` until at most `target` requests of those in the window are left. */
  msUntilRequests(row: number, now: number, target: number): number {
    return this.window.msUntil(row, [rolling.requests], now, target);
  }

  /** Milliseconds from `now` until at most `target` tokens of those in the window are left. */
  msUntilTokens(row: number, now: number, target: number): number {
    return this.window.msUntil(row, [rolling.promptTokens, rolling.outputTokens], now, target);
  }

  /** The same for prompt tokens. */
  msUntilPromptTokens(row: number, now: number, target: number): number {
    return this.window.msUntil(row, [rolling.promptTokens], now, target);
  }

  /** The same for output tokens. */
  msUntilOutputTokens(row: number, now: number, target: number): number {
    return this.window.msUntil(row, [rolling.outputTokens], now, target);
  }
}
