import { collectDefaultMetrics, Registry } from "prom-client";
import { deploymentStates } from "../../core/deployment-state.ts";
import type { DeploymentStatus } from "../../core/deployment-status.ts";
import type { Router } from "../../core/router/router.ts";
import type { Clock } from "../../lib/clock.ts";
import type { EventLoopDelay } from "../../lib/event-loop-delay.ts";
import { CallCounts, type GroupCounts, type KeyCounts } from "./call-counts.ts";
import { CollectedMetric, type Sample } from "./collected-metric.ts";
import { callEntries, type DeploymentCounts } from "./deployment-counts.ts";
import { metricSpecs } from "./metric-names.ts";
import type { HistogramCounts } from "./histogram-counts.ts";
import type { Tallies } from "./tallies.ts";

export interface MetricsOptions {
  /** Asked when somebody scrapes. */
  readonly router: () => Pick<Router, "deployments" | "groups" | "queued">;
  readonly clock: Pick<Clock, "wallTime">;
  readonly eventLoopDelay: EventLoopDelay;
  readonly version: string;
  /** Whether the process's and the runtime's own metrics are told too. */
  readonly processMetrics: boolean;
}

/** A page for Prometheus. */
interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

export interface Metrics {
  /** Hears of calls and of what the doors refuse. */
  readonly counts: CallCounts;
  /** The configuration was read anew. */
  reloaded(ok: boolean): void;
  /** @param delaysElsewhere How late other threads were, by {@link delayQuantiles}: the worst of all is told. */
  page(delaysElsewhere?: readonly (readonly number[])[]): Promise<MetricsPage>;
}

export const delayQuantiles: readonly number[] = [0.5, 0.9, 0.99, 1];

/** What Prometheus scrapes. Nothing is computed before somebody does. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { clock, eventLoopDelay, version } = options;
  const counts = new CallCounts();
  const registry = new Registry();
  const reloads = { ok: 0, failed: 0, lastOk: true, okAt: clock.wallTime() };
  let statuses: readonly DeploymentStatus[] = [];
  let withProcess = false;
  let elsewhere: readonly (readonly number[])[] = [];

  const collect = (name: keyof typeof metricSpecs, read: () => Iterable<Sample>): void => {
    void new CollectedMetric(metricSpecs[name], registry, read);
  };
  /** A number of each deployment's status. */
  const status = (name: keyof typeof metricSpecs, read: (status: DeploymentStatus) => number | undefined): void =>
    collect(name, function* () {
      for (const one of statuses) {
        const value = read(one);
        if (value !== undefined) yield [[one.group, one.id], value];
      }
    });
  const byDeployment = (name: keyof typeof metricSpecs, read: (counts: DeploymentCounts) => Iterable<Sample>): void =>
    collect(name, function* () {
      for (const [id, one] of counts.deployments) for (const [labels, value] of read(one)) yield [[one.group, id, ...labels], value];
    });
  const byGroup = (name: keyof typeof metricSpecs, read: (counts: GroupCounts) => Iterable<Sample>): void =>
    collect(name, function* () {
      for (const [group, one] of counts.groups) for (const [labels, value] of read(one)) yield [[group, ...labels], value];
    });
  const byKey = (name: keyof typeof metricSpecs, read: (counts: KeyCounts) => Iterable<Sample>): void =>
    collect(name, function* () {
      for (const [key, one] of counts.keys) for (const [labels, value] of read(one)) yield [[key, ...labels], value];
    });

  collect("calls", function* () {
    for (const [group, one] of counts.groups)
      for (const [inboundProtocol, outcome, count] of callEntries(one.calls))
        if (count > 0) yield [[group, "", inboundProtocol, outcome], count];
    for (const [id, one] of counts.deployments)
      for (const [inboundProtocol, outcome, count] of callEntries(one.calls))
        if (count > 0) yield [[one.group, id, inboundProtocol, outcome], count];
  });
  byGroup("callErrors", (one) => counted(one.errors));
  collect("callsInFlight", () => [[[], counts.callsInFlight]]);
  // Of these even the zeros: an increase can be seen only of what was there before.
  byDeployment("attempts", (one) => all(one.attempts));
  byDeployment("attemptErrors", (one) => counted(one.attemptErrors));
  byDeployment("retries", (one) => counted(one.retries));
  byDeployment("fallbacks", (one) => counted(one.fallbacks));
  byDeployment("hedges", (one) => [[[], one.hedges]]);
  byDeployment("resumes", (one) => counted(one.resumes));
  byDeployment("cooldowns", (one) => counted(one.cooldowns));
  byDeployment("tokens", tokens);
  byDeployment("costUsd", (one) => [[[], one.costUsd]]);
  byKey("keyCalls", (one) => counted(one.calls));
  byKey("keyTokens", tokens);
  byKey("keyCostUsd", (one) => [[[], one.costUsd]]);
  byGroup("callDuration", (one) => filled(one.duration));
  byGroup("callFirstToken", (one) => filled(one.firstToken));
  byGroup("overhead", (one) => filled(one.overhead));
  byGroup("queueWait", (one) => filled(one.queueWait));
  byDeployment("attemptDuration", (one) => filled(one.duration));
  byDeployment("firstToken", (one) => filled(one.firstToken));
  byDeployment("perToken", (one) => filled(one.perToken));

  status("inFlight", (one) => one.inFlight);
  status("outstandingTokens", (one) => one.outstandingTokens);
  status("weight", (one) => one.weight);
  status("eligible", (one) => (one.eligibility === "eligible" ? 1 : 0));
  collect("eligibility", () => statuses.map((one): Sample => [[one.group, one.id, one.eligibility], 1]));
  collect("state", () =>
    statuses.flatMap((one) => deploymentStates.map((state): Sample => [[one.group, one.id, state], one.state === state ? 1 : 0])),
  );
  status("failureRatio", (one) => one.failureRate);
  status("usedRpm", (one) => one.usedRpm);
  status("rpmLimit", (one) => one.rpmLimit);
  status("usedTpm", (one) => one.usedTpm);
  status("tpmLimit", (one) => one.tpmLimit);
  status("parallelLimit", (one) => one.maxParallelRequests);
  collect("deploymentInfo", () => statuses.map((one): Sample => [[one.group, one.id, one.provider, one.address, one.strategy], 1]));
  collect("queueDepth", () => [[[], options.router().queued]]);
  collect("refused", function* () {
    for (const [inboundProtocol, codes] of counts.refusals)
      for (const [code, count] of codes.entries()) if (count > 0) yield [[inboundProtocol, code], count];
  });
  collect("reloads", () => [
    [["ok"], reloads.ok],
    [["failed"], reloads.failed],
  ]);
  collect("reloadOk", () => [[[], reloads.lastOk ? 1 : 0]]);
  collect("reloadedAt", () => [[[], reloads.okAt / 1_000]]);
  collect("eventLoopDelay", () =>
    eventLoopDelay.take(delayQuantiles).map((ms, index): Sample => {
      const worst = Math.max(ms, ...elsewhere.map((delays) => delays[index] ?? 0));
      return [[String(delayQuantiles[index])], worst / 1_000];
    }),
  );
  collect("buildInfo", () => [[[version, process.version], 1]]);

  return {
    counts,
    reloaded(ok) {
      reloads[ok ? "ok" : "failed"]++;
      reloads.lastOk = ok;
      if (ok) reloads.okAt = clock.wallTime();
    },
    async page(delaysElsewhere = []) {
      elsewhere = delaysElsewhere;
      if (options.processMetrics && !withProcess) {
        withProcess = true;
        collectDefaultMetrics({ register: registry });
      }
      const router = options.router();
      statuses = router.deployments();
      const groups = new Set([...router.groups().keys(), ...statuses.map((one) => one.group)]);
      counts.keepOnly(new Set(statuses.map((one) => one.id)), groups);
      counts.prepare(statuses);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

function* all(tallies: Tallies<string>): Iterable<Sample> {
  for (const [value, count] of tallies.entries()) yield [[value], count];
}

/** Those that were counted at all: most of a long list never are. */
function* counted(tallies: Tallies<string>): Iterable<Sample> {
  for (const [value, count] of tallies.entries()) if (count > 0) yield [[value], count];
}

function filled(counts: HistogramCounts): readonly Sample[] {
  return counts.isEmpty ? [] : [[[], counts]];
}

function tokens(counts: { readonly promptTokens: number; readonly outputTokens: number }): readonly Sample[] {
  return [
    [["prompt"], counts.promptTokens],
    [["output"], counts.outputTokens],
  ];
}
