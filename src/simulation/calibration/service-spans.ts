import type { LoggedCall } from "./logged-call.ts";

/** One answer of a deployment, from the request that it got to the end. Moments in milliseconds. */
export interface ServiceSpan {
  readonly startAt: number;
  /** Its first token. Guessed where the answer came whole. */
  readonly firstAt: number;
  readonly endAt: number;
  readonly isStream: boolean;
  /** What it had to read: without what a cache had. */
  readonly unreadTokens: number;
  readonly outputTokens: number;
}

/** What became of the attempts at one deployment. */
export interface Attempts {
  readonly all: number;
  /** Refused for a limit. */
  readonly refused: number;
  /** Failed otherwise, by the code of the error. */
  readonly failed: ReadonlyMap<string, number>;
}

/** The last attempt of a call that went well: what its tokens and times are about. @returns undefined where they cannot be told. */
export function spanOf(call: LoggedCall): (ServiceSpan & { readonly deployment: string }) | undefined {
  const last = call.tried.at(-1);
  const { promptTokens, outputTokens, firstTokenMs, cachedTokens, totalMs, endAt } = call;
  if (!call.isGood || last?.outcome !== "success" || promptTokens === undefined || outputTokens === undefined) return undefined;
  // Tokens of several attempts are told as one sum.
  if (outputTokens < 1 || call.tried.filter(({ outcome }) => outcome === "success").length !== 1) return undefined;
  const startAt = endAt - last.ms;
  const firstAt = call.isStream && firstTokenMs !== undefined ? Math.max(endAt - totalMs + firstTokenMs, startAt) : endAt;
  const unreadTokens = Math.max(promptTokens - cachedTokens, 1);
  return { deployment: last.deployment, startAt, firstAt, endAt, isStream: call.isStream, unreadTokens, outputTokens };
}

/** Counts what became of all attempts, by deployment. */
export function attemptsByDeployment(calls: readonly LoggedCall[]): ReadonlyMap<string, Attempts> {
  const counts = new Map<string, { all: number; refused: number; failed: Map<string, number> }>();
  for (const { tried } of calls) {
    for (const { deployment, outcome } of tried) {
      let count = counts.get(deployment);
      if (count === undefined) counts.set(deployment, (count = { all: 0, refused: 0, failed: new Map() }));
      count.all++;
      if (outcome === "upstream_rate_limited") count.refused++;
      else if (outcome.startsWith("upstream_")) count.failed.set(outcome, (count.failed.get(outcome) ?? 0) + 1);
    }
  }
  return counts;
}
