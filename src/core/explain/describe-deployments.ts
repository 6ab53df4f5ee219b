import type { DeploymentHealth, DeploymentStatus, Eligibility } from "../deployment-status.ts";
import { eligibilityDetail } from "./eligibility-detail.ts";
import { demandOf, untried, type CallDemand, type Demand } from "../pick/demand.ts";
import { eligibility, msUntilEligible } from "../pick/eligibility.ts";
import type { Ledger } from "../state/ledger.ts";
import type { InvalidDeployment } from "../deployment.ts";
import type { RoutingTable } from "../table/routing-table.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import { tierReason } from "../pick/tier-reason.ts";

/** A call without a prompt or an answer: what stops it stops every call. */
const smallestCall: CallDemand = { maxOutputTokens: 0, answers: 1, allowedRegion: undefined, wantsResponseSchema: false };

/**
 * Lists every deployment as an operator sees it, by the same eligibility that routes, for the smallest of requests.
 * @param leaving Deployments that are no longer in the table, but have calls in flight.
 */
export function describeDeployments(
  table: RoutingTable,
  leaving: readonly RoutedDeployment[],
  ledger: Ledger,
  now: number,
): readonly DeploymentStatus[] {
  const demand = demandOf(smallestCall, { ...untried, requestBytes: 0 }, table.settings, now);
  const statuses: DeploymentStatus[] = [];
  for (const group of table.groups) {
    const serving = group.tiers.find((tier) => tier.entries.some((entry) => eligibility(entry, demand, ledger) === "eligible"));
    for (const entry of group.entries) {
      const asked = worstDemand(entry, demand, ledger);
      statuses.push(describe(entry, group.strategyName, tierReason(entry, serving, eligibility(entry, asked, ledger)), asked, ledger));
    }
  }
  const gone = leaving.map((entry) => ({
    ...describe(entry, "", "draining", demand, ledger),
    detail: "It left the configuration; calls are under way.",
  }));
  return [...statuses, ...gone, ...table.invalid.map(describeInvalid)];
}

/** The demand for the endpoint that a deployment cools down for, where it does for one; otherwise for what it is for. */
function worstDemand(entry: RoutedDeployment, demand: Demand, ledger: Ledger): Demand {
  if (ledger.isCoolingDown(entry.row)) return demand;
  const endpoint = entry.otherEndpoints.find((other) => ledger.isCoolingDown(entry.healthRow(other)));
  return endpoint === undefined ? demand : { ...demand, endpoint };
}

function describe(entry: RoutedDeployment, strategy: string, reason: Eligibility, demand: Demand, ledger: Ledger): DeploymentStatus {
  const { deployment, row } = entry;
  const { now } = demand;
  return {
    id: entry.id,
    group: deployment.group,
    provider: deployment.provider,
    address: deployment.address,
    weight: entry.weight,
    order: deployment.order,
    state: deployment.blocked ? "blocked" : ledger.state(row),
    strategy,
    eligibility: reason,
    eligibleInMs: msUntilEligible(entry, reason, demand, ledger),
    detail: eligibilityDetail(entry, reason, demand, ledger),
    inFlight: ledger.inFlight(row),
    outstandingTokens: ledger.outstandingTokens(row),
    usedRpm: ledger.usedRequests(row, now),
    usedTpm: ledger.usedTokens(row, now),
    ...describeDay(entry, now, ledger),
    rpmLimit: deployment.rpm,
    tpmLimit: deployment.tpm,
    maxParallelRequests: Number.isFinite(entry.parallelLimit) ? entry.parallelLimit : undefined,
    health: healthOf(row, ledger),
    firstTokenMs: ledger.hasStreamed(row) ? ledger.firstTokenMs(row) : undefined,
    msPerToken: ledger.hasReplied(row) ? ledger.msPerToken(row) : undefined,
    failureRate: ledger.failureRate(row),
    successes: ledger.successes(row),
    failures: ledger.failures(row),
    cancellations: ledger.cancellations(row),
  };
}

type DayStatus = Pick<DeploymentStatus, "usedRpd" | "usedTpd" | "rpdLimit" | "tpdLimit">;

function describeDay({ row, daily }: RoutedDeployment, now: number, ledger: Ledger): DayStatus | undefined {
  if (daily === undefined) return undefined;
  ledger.turnDay(row, now, daily.resets);
  const { requests, tokens } = daily;
  return {
    ...(Number.isFinite(requests) && { usedRpd: ledger.requestsOfDay(row), rpdLimit: requests }),
    ...(Number.isFinite(tokens) && { usedTpd: ledger.tokensOfDay(row), tpdLimit: tokens }),
  };
}

/** A deployment that fails so often is sick, though it may be eligible: a group of one is seldom given a cooldown. */
const failingFrom = 0.5;

function healthOf(row: number, ledger: Ledger): DeploymentHealth {
  if (ledger.successes(row) === 0) return ledger.failures(row) === 0 ? "unknown" : "never_answered";
  return ledger.failureRate(row) >= failingFrom ? "failing" : "ok";
}

function describeInvalid(invalid: InvalidDeployment): DeploymentStatus {
  return {
    id: invalid.id,
    group: invalid.group,
    provider: "",
    address: invalid.address,
    weight: 0,
    order: 0,
    state: "blocked",
    strategy: "",
    eligibility: "invalid",
    eligibleInMs: undefined,
    detail: invalid.reason,
    inFlight: 0,
    outstandingTokens: 0,
    usedRpm: 0,
    usedTpm: 0,
    rpmLimit: undefined,
    tpmLimit: undefined,
    maxParallelRequests: undefined,
    health: "unknown",
    firstTokenMs: undefined,
    msPerToken: undefined,
    failureRate: 0,
    successes: 0,
    failures: 0,
    cancellations: 0,
  };
}
