import type { RateLimits, RateStatus } from "../rate-limits.ts";
import type { RoutedDeployment } from "./routed-deployment.ts";

/** Of a group of more deployments, the sums are made anew only so often: they would cost a call more than its pick. */
const mostExact = 32;
const renewMs = 1_000;

/** The limits of a group, as sums over its deployments. There is one where each deployment has one: else the group takes any number. */
export class GroupRates {
  readonly #entries: readonly RoutedDeployment[];
  readonly #requests: number;
  readonly #tokens: number;
  #last: RateLimits | undefined;
  #lastAt = 0;

  private constructor(entries: readonly RoutedDeployment[], requests: number, tokens: number) {
    this.#entries = entries;
    this.#requests = requests;
    this.#tokens = tokens;
  }

  /** @returns Undefined for a group that is limited neither in requests nor in tokens. */
  static of(entries: readonly RoutedDeployment[]): GroupRates | undefined {
    let requests = 0;
    let tokens = 0;
    for (const { rpmLimit, tpmLimit } of entries) {
      requests += rpmLimit;
      tokens += tpmLimit;
    }
    const isLimited = entries.length > 0 && (Number.isFinite(requests) || Number.isFinite(tokens));
    return isLimited ? new GroupRates(entries, requests, tokens) : undefined;
  }

  /** How the limits stand. @param now On the router's clock. */
  at(now: number): RateLimits {
    const last = this.#last;
    if (last !== undefined && this.#entries.length > mostExact && now - this.#lastAt < renewMs) return last;
    this.#lastAt = now;
    return (this.#last = this.#sum(now));
  }

  #sum(now: number): RateLimits {
    let requests = 0;
    let tokens = 0;
    let resetMs = 0;
    for (const entry of this.#entries) {
      requests += entry.leftRequests(now);
      tokens += entry.leftTokens(now);
      resetMs = Math.max(resetMs, entry.msUntilUnused(now));
    }
    return { requests: statusOf(this.#requests, requests, resetMs), tokens: statusOf(this.#tokens, tokens, resetMs) };
  }
}

function statusOf(limit: number, remaining: number, resetMs: number): RateStatus | undefined {
  return Number.isFinite(limit) ? { limit, remaining, resetMs } : undefined;
}
