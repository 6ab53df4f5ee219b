import { errorCodes, outcomeClasses, type ErrorCode } from "../../core/errors.ts";
import { durationBuckets, firstTokenBuckets, overheadBuckets, queueWaitBuckets } from "./buckets.ts";
import type { CountedAttempt, CountedCall, CountedDeployment, CountedRefusal, Counter } from "./counted-records.ts";
import { callTallies, countCall, DeploymentCounts } from "./deployment-counts.ts";
import { HistogramCounts } from "./histogram-counts.ts";
import { outcomeClass } from "../outcome-class.ts";
import { Tallies } from "./tallies.ts";

/** The counts of one group's calls, beside those of its deployments. */
export class GroupCounts {
  /** Calls that came to no deployment. */
  readonly calls = callTallies();
  readonly errors = new Tallies(errorCodes);
  readonly duration = new HistogramCounts(durationBuckets);
  readonly firstToken = new HistogramCounts(firstTokenBuckets);
  readonly overhead = new HistogramCounts(overheadBuckets);
  readonly queueWait = new HistogramCounts(queueWaitBuckets);
}

/** The counts of the calls by one key. */
export class KeyCounts {
  readonly calls = new Tallies(outcomeClasses);
  promptTokens = 0;
  outputTokens = 0;
  costUsd = 0;
}

/** Keys come and go at run time, and their counts stay. From this many on, they share one series. */
const mostKeys = 1_000;
const otherKeys = "(others)";

/**
 * The counts behind the metrics: plain additions for each call, read at a scrape. They are kept by names of the configuration, so callers
 * cannot make more of them than the configuration has names.
 */
export class CallCounts implements Counter {
  readonly deployments = new Map<string, DeploymentCounts>();
  readonly groups = new Map<string, GroupCounts>();
  readonly keys = new Map<string, KeyCounts>();
  readonly refusals = new Map<string, Tallies<ErrorCode>>();
  callsInFlight = 0;

  callStarted(): undefined {
    this.callsInFlight++;
    return undefined;
  }

  attemptEnded(attempt: CountedAttempt): void {
    this.#deployment(attempt.deployment).countAttempt(attempt);
  }

  callEnded(record: CountedCall): void {
    this.callsInFlight--;
    const { call, deployment, error } = record;
    const outcome = outcomeClass(error?.code);
    const group = this.#group(record.group);
    countCall(deployment === undefined ? group.calls : this.#deployment(deployment).calls, record);
    if (error !== undefined) group.errors.add(error.code);
    else {
      group.duration.observe((record.endedAt - record.startedAt) / 1_000);
      if (call.stream && record.firstTokenMs !== undefined) group.firstToken.observe(record.firstTokenMs / 1_000);
    }
    if (outcome !== "cancelled") group.overhead.observe(record.overheadMs / 1_000);
    if (record.queuedMs > 0) group.queueWait.observe(record.queuedMs / 1_000);
    this.#countKey(record, outcome);
  }

  cooldownStarted(deployment: CountedDeployment, error: { readonly code: ErrorCode }): void {
    this.#deployment(deployment).cooldowns.add(error.code);
  }

  refused({ inboundProtocol, code }: CountedRefusal): void {
    let tallies = this.refusals.get(inboundProtocol);
    if (tallies === undefined) this.refusals.set(inboundProtocol, (tallies = new Tallies(errorCodes)));
    tallies.add(code);
  }

  /** Forgets the deployments and groups that are no longer configured. */
  keepOnly(deploymentIds: ReadonlySet<string>, groups: ReadonlySet<string>): void {
    for (const id of this.deployments.keys()) if (!deploymentIds.has(id)) this.deployments.delete(id);
    for (const name of this.groups.keys()) if (name !== "" && !groups.has(name)) this.groups.delete(name);
  }

  /** Begins the series of deployments that have served no call yet: Prometheus sees an increase only in a series that was there before. */
  prepare(deployments: readonly { readonly id: string; readonly group: string }[]): void {
    for (const { id, group } of deployments)
      if (this.deployments.get(id)?.group !== group) this.deployments.set(id, new DeploymentCounts(group));
  }

  #countKey({ call, usage, costUsd }: CountedCall, outcome: (typeof outcomeClasses)[number]): void {
    let name = call.caller?.name ?? "";
    if (this.keys.size >= mostKeys && !this.keys.has(name)) name = otherKeys;
    let key = this.keys.get(name);
    if (key === undefined) this.keys.set(name, (key = new KeyCounts()));
    key.calls.add(outcome);
    key.promptTokens += usage?.promptTokens ?? 0;
    key.outputTokens += usage?.outputTokens ?? 0;
    key.costUsd += costUsd ?? 0;
  }

  #deployment(deployment: CountedDeployment): DeploymentCounts {
    let counts = this.deployments.get(deployment.id);
    // A deployment that has moved to another group is another series and begins anew.
    if (counts?.group !== deployment.group) this.deployments.set(deployment.id, (counts = new DeploymentCounts(deployment.group)));
    return counts;
  }

  #group(name: string): GroupCounts {
    let counts = this.groups.get(name);
    if (counts === undefined) this.groups.set(name, (counts = new GroupCounts()));
    return counts;
  }
}
