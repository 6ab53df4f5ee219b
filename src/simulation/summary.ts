import { quantileOfSorted } from "../lib/averages/quantile.ts";
import { type CallResult, type GoodAnswer, isGood } from "./call-result.ts";

/** Some times in milliseconds, by how many of all are below them. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What a run comes to. */
export interface Summary {
  readonly calls: number;
  /** Good answers of all calls, in percent. */
  readonly goodput: number;
  /** Calls that failed, in percent; those whose callers gave up among them. */
  readonly failed: number;
  /** Calls that needed more than one attempt, in percent. */
  readonly retried: number;
  /** Attempts that deployments refused because a limit of theirs was reached, in percent of all attempts. */
  readonly refused: number;
  /** Calls whose first attempt was refused so, in percent. */
  readonly firstRefused: number;
  /** Attempts beyond the first, for each hundred calls. */
  readonly retries: number;
  /** How evenly tenants were served, by tokens (Jain's index): 1 for all alike, down to 1 ÷ their number. 1 without tenants. */
  readonly jain: number;
  /** Until the first content, of calls that had any. */
  readonly firstMs: Quantiles;
  /** Until the end, of calls that went well. */
  readonly totalMs: Quantiles;
  /** Between two tokens, of streams that went well. */
  readonly tokenMs: Quantiles;
  /** Of the prompts' tokens, what was remembered, in percent. */
  readonly cached: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** The share of calls by deployment, in percent of those that reached one. */
  readonly shares: ReadonlyMap<string, number>;
}

/** Sums up how calls went. */
export function summarize(results: readonly CallResult[], good: GoodAnswer): Summary {
  const firstMs: number[] = [];
  const totalMs: number[] = [];
  const tokenMs: number[] = [];
  const counts = new Map<string, number>();
  const byTenant = new Map<string, number>();
  let [goods, failed, retried, attempts, refusals] = [0, 0, 0, 0, 0];
  let [cached, promptTokens, outputTokens, firstRefused, retries] = [0, 0, 0, 0, 0];
  for (const result of results) {
    const { arrival, firstAt, endAt, error } = result;
    if (isGood(result, good)) goods++;
    if (result.attempts > 1) retried++;
    retries += Math.max(result.attempts - 1, 0);
    if (result.isFirstRefused) firstRefused++;
    const { tenant } = arrival;
    if (tenant !== undefined && !byTenant.has(tenant)) byTenant.set(tenant, 0);
    attempts += result.attempts;
    refusals += result.refusals;
    if (result.deploymentId !== "") counts.set(result.deploymentId, (counts.get(result.deploymentId) ?? 0) + 1);
    if (firstAt !== undefined) firstMs.push(firstAt - arrival.at);
    if (error !== undefined || firstAt === undefined || endAt === undefined) {
      failed++;
      continue;
    }
    const { work } = arrival;
    totalMs.push(endAt - arrival.at);
    if (arrival.stream && work.outputTokens > 1) tokenMs.push((endAt - firstAt) / (work.outputTokens - 1));
    cached += result.cachedTokens;
    promptTokens += work.promptTokens;
    outputTokens += work.outputTokens;
    if (tenant !== undefined) byTenant.set(tenant, (byTenant.get(tenant) ?? 0) + work.promptTokens + work.outputTokens);
  }
  const calls = results.length;
  const reached = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return {
    calls,
    goodput: percent(goods, calls),
    failed: percent(failed, calls),
    retried: percent(retried, calls),
    refused: percent(refusals, attempts),
    firstRefused: percent(firstRefused, calls),
    retries: percent(retries, calls),
    jain: jainOf([...byTenant.values()]),
    firstMs: quantiles(firstMs),
    totalMs: quantiles(totalMs),
    tokenMs: quantiles(tokenMs),
    cached: percent(cached, promptTokens),
    promptTokens,
    outputTokens,
    shares: new Map([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([id, count]) => [id, percent(count, reached)])),
  };
}

/** Of times in any order. NaN where there are none. */
export function quantiles(times: readonly number[]): Quantiles {
  const sorted = Float64Array.from(times).sort();
  return { p50: quantileOfSorted(sorted, 0.5), p95: quantileOfSorted(sorted, 0.95), p99: quantileOfSorted(sorted, 0.99) };
}

function jainOf(amounts: readonly number[]): number {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const squares = amounts.reduce((total, amount) => total + amount * amount, 0);
  return squares === 0 ? 1 : (sum * sum) / (amounts.length * squares);
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}
