import { deploymentStates } from "../../core/deployment-state.ts";
import type { Metric } from "./metric.ts";
import { ofStatus } from "./readers.ts";

/** Each deployment as it is now. */
export const deploymentMetrics: readonly Metric[] = [
  ofStatus("huntgroup_deployment_in_flight", "Attempts under way.", (one) => one.inFlight),
  ofStatus(
    "huntgroup_deployment_outstanding_tokens",
    "Tokens that the attempts under way are expected to use.",
    (one) => one.outstandingTokens,
  ),
  ofStatus("huntgroup_deployment_weight", "Its weight among its group; 0 is a backup.", (one) => one.weight),
  ofStatus("huntgroup_deployment_eligible", "1: it may be given a call now; 0: it may not.", (one) =>
    one.eligibility === "eligible" ? 1 : 0,
  ),
  {
    name: "huntgroup_deployment_eligibility",
    type: "gauge",
    help: "Always 1; the label says why it may or may not be given a call now. Only the present reason has a series.",
    labels: ["group", "deployment", "reason"],
    collect: ({ statuses }) => statuses.map((one) => [[one.group, one.id, one.eligibility], 1]),
  },
  {
    name: "huntgroup_deployment_state",
    type: "gauge",
    help: "What an operator has made of it: 1 for its present state (active, draining, blocked), 0 for the others.",
    labels: ["group", "deployment", "state"],
    *collect({ statuses }) {
      for (const one of statuses) for (const state of deploymentStates) yield [[one.group, one.id, state], one.state === state ? 1 : 0];
    },
  },
  ofStatus(
    "huntgroup_deployment_failure_ratio",
    "Share of failures in recent attempts, a moving average from 0 to 1.",
    (one) => one.failureRate,
  ),
  ofStatus("huntgroup_deployment_rpm_used", "Requests within the last minute.", (one) => one.usedRpm),
  ofStatus("huntgroup_deployment_rpm_limit", "Requests per minute that are allowed. No series: no limit.", (one) => one.rpmLimit),
  ofStatus("huntgroup_deployment_tpm_used", "Tokens reserved or used within the last minute.", (one) => one.usedTpm),
  ofStatus("huntgroup_deployment_tpm_limit", "Tokens per minute that are allowed. No series: no limit.", (one) => one.tpmLimit),
  ofStatus("huntgroup_deployment_rpd_used", "Requests of the present day. No series: no limit of a day.", (one) => one.usedRpd),
  ofStatus("huntgroup_deployment_rpd_limit", "Requests per day that are allowed. No series: no limit.", (one) => one.rpdLimit),
  ofStatus(
    "huntgroup_deployment_tpd_used",
    "Tokens reserved or used on the present day. No series: no limit of a day.",
    (one) => one.usedTpd,
  ),
  ofStatus("huntgroup_deployment_tpd_limit", "Tokens per day that are allowed. No series: no limit.", (one) => one.tpdLimit),
  ofStatus(
    "huntgroup_deployment_parallel_limit",
    "Attempts under way at once that are allowed (used: huntgroup_deployment_in_flight). No series: no limit.",
    (one) => one.maxParallelRequests,
  ),
  {
    name: "huntgroup_deployments_left_out",
    type: "gauge",
    help: "Deployments that are left out, because something is wrong in their configuration.",
    labels: [],
    collect: ({ statuses }) => [[[], statuses.filter((one) => one.eligibility === "invalid").length]],
  },
  {
    name: "huntgroup_deployment_info",
    type: "gauge",
    help: "Always 1; what is configured.",
    labels: ["group", "deployment", "provider", "address", "strategy"],
    collect: ({ statuses }) => statuses.map((one) => [[one.group, one.id, one.provider, one.address, one.strategy], 1]),
  },
];
