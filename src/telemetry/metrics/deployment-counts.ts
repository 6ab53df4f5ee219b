import type { InboundProtocol } from "../../core/call.ts";
import { errorCodes, outcomeClasses, type ErrorCode } from "../../core/errors.ts";
import { unitNames } from "../../core/keys/prices.ts";
import type { Usage } from "../../core/outcome.ts";
import { durationBuckets, firstTokenBuckets, perTokenBuckets } from "./buckets.ts";
import type { CountedAttempt, CountedCall } from "./counted-records.ts";
import { HistogramCounts } from "./histogram-counts.ts";
import { outcomeClass } from "../outcome-class.ts";
import { Tallies } from "./tallies.ts";

/** The counts of one deployment's calls and attempts. */
export class DeploymentCounts {
  readonly group: string;
  readonly calls = callTallies();
  readonly attempts = new Tallies(outcomeClasses);
  readonly attemptErrors = new Tallies(errorCodes);
  readonly retries = new Tallies(errorCodes);
  readonly fallbacks = new Tallies(errorCodes);
  readonly resumes = new Tallies(errorCodes);
  readonly cooldowns = new Tallies(errorCodes);
  hedges = 0;
  promptTokens = 0;
  outputTokens = 0;
  /** Those of the tokens that no provider told. */
  readonly estimated = { promptTokens: 0, outputTokens: 0 };
  /** What was counted by the piece. Undefined where nothing was. */
  units: Record<(typeof unitNames)[number], number> | undefined;
  costUsd = 0;
  readonly duration = new HistogramCounts(durationBuckets);
  readonly firstToken = new HistogramCounts(firstTokenBuckets);
  readonly perToken = new HistogramCounts(perTokenBuckets);

  constructor(group: string) {
    this.group = group;
  }

  /** Counts an attempt that has ended. */
  countAttempt(attempt: CountedAttempt): void {
    const { outcome } = attempt;
    this.#countKind(attempt);
    this.#countUsage(attempt);
    switch (outcome.kind) {
      case "success":
        this.attempts.add("success");
        break;
      case "cancelled":
        this.attempts.add("cancelled");
        return;
      case "failure":
        this.attempts.add(outcomeClass(outcome.error.code));
        this.attemptErrors.add(outcome.error.code);
        return;
    }
    this.duration.observe(outcome.totalMs / 1_000);
    const { usage } = outcome;
    if (outcome.stream) this.firstToken.observe(outcome.firstTokenMs / 1_000);
    if (usage === undefined) return;
    if (!outcome.stream || usage.outputTokens < 2) return;
    this.perToken.observe((outcome.totalMs - outcome.firstTokenMs) / (usage.outputTokens - 1) / 1_000);
  }

  /** What attempts used that failed or were given up is used all the same. */
  #countUsage({ outcome: { usage }, costUsd }: CountedAttempt): void {
    if (usage === undefined) return;
    this.promptTokens += usage.promptTokens;
    this.outputTokens += usage.outputTokens;
    this.costUsd += costUsd ?? 0;
    this.#countUnits(usage);
    if (usage.estimated !== true) return;
    this.estimated.promptTokens += usage.promptTokens;
    this.estimated.outputTokens += usage.outputTokens;
  }

  #countUnits(usage: Usage): void {
    for (const name of unitNames) {
      const count = usage[name];
      if (count === undefined) continue;
      this.units ??= { images: 0, seconds: 0, characters: 0, queries: 0 };
      this.units[name] += count;
    }
  }

  #countKind({ kind, after }: CountedAttempt): void {
    // A call that came from a group without capacity has no failed attempt before this one.
    const code: ErrorCode = after ?? "no_capacity";
    switch (kind) {
      case "first":
        return;
      case "retry":
        this.retries.add(code);
        return;
      case "fallback":
        this.fallbacks.add(code);
        return;
      case "hedge":
        this.hedges++;
        return;
      case "resume":
        this.resumes.add(code);
        return;
    }
  }
}

const inboundProtocols: readonly InboundProtocol[] = ["rest", "grpc", "grpc_web", "connect"];

/** Calls by inbound protocol and outcome. */
export type CallTallies = Readonly<Record<InboundProtocol, Tallies<(typeof outcomeClasses)[number]>>>;

/** Makes tallies that have counted nothing. */
export function callTallies(): CallTallies {
  return {
    rest: new Tallies(outcomeClasses),
    grpc: new Tallies(outcomeClasses),
    grpc_web: new Tallies(outcomeClasses),
    connect: new Tallies(outcomeClasses),
  };
}

/** Counts a call that has ended. */
export function countCall(tallies: CallTallies, { call, error }: CountedCall): void {
  tallies[call.inboundProtocol].add(outcomeClass(error?.code));
}

/** Lists every count, zeros included. */
export function* callEntries(tallies: CallTallies): Iterable<readonly [inboundProtocol: InboundProtocol, outcome: string, count: number]> {
  for (const inboundProtocol of inboundProtocols)
    for (const [outcome, count] of tallies[inboundProtocol].entries()) yield [inboundProtocol, outcome, count];
}
