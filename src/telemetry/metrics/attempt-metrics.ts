import type { Metric } from "./metric.ts";
import { all, byDeployment, nonZero } from "./readers.ts";

/** Requests made to deployments: how they ended, and what made them necessary. */
export const attemptMetrics: readonly Metric[] = [
  {
    name: "huntgroup_attempts_total",
    type: "counter",
    help: "Attempts that ended: requests made to a deployment.",
    labels: ["group", "deployment", "outcome"],
    collect: byDeployment((one) => all(one.attempts)),
  },
  {
    name: "huntgroup_attempt_errors_total",
    type: "counter",
    help: "Attempts that failed, by error.",
    labels: ["group", "deployment", "code"],
    collect: byDeployment((one) => nonZero(one.attemptErrors)),
  },
  {
    name: "huntgroup_retries_total",
    type: "counter",
    help: "Attempts made because one before failed in the same group, by that one's error.",
    labels: ["group", "deployment", "code"],
    collect: byDeployment((one) => nonZero(one.retries)),
  },
  {
    name: "huntgroup_fallbacks_total",
    type: "counter",
    help: "First attempts in another group, or on a higher order, by the error of the one before. Labels: where the call went.",
    labels: ["group", "deployment", "code"],
    collect: byDeployment((one) => nonZero(one.fallbacks)),
  },
  {
    name: "huntgroup_hedges_total",
    type: "counter",
    help: "Attempts made beside one that was late.",
    labels: ["group", "deployment"],
    collect: byDeployment((one) => [[[], one.hedges]]),
  },
  {
    name: "huntgroup_resumes_total",
    type: "counter",
    help: "Attempts that went on with a stream that was cut, by the error that cut it.",
    labels: ["group", "deployment", "code"],
    collect: byDeployment((one) => nonZero(one.resumes)),
  },
  {
    name: "huntgroup_cooldowns_total",
    type: "counter",
    help: "Cooldowns entered or renewed, by the error that led to it.",
    labels: ["group", "deployment", "code"],
    collect: byDeployment((one) => nonZero(one.cooldowns)),
  },
];
