import type { Metric } from "./metric.ts";
import { byDeployment, byGroup, filled } from "./readers.ts";

/** How long calls and attempts took. */
export const durationMetrics: readonly Metric[] = [
  {
    name: "huntgroup_call_duration_seconds",
    type: "histogram",
    help: "Whole calls that succeeded, from the request's last byte to the answer's.",
    labels: ["group"],
    collect: byGroup((one) => filled(one.duration)),
  },
  {
    name: "huntgroup_call_time_to_first_token_seconds",
    type: "histogram",
    help: "Streams that succeeded: from the request's last byte to the first content, retries and waiting included.",
    labels: ["group"],
    collect: byGroup((one) => filled(one.firstToken)),
  },
  {
    name: "huntgroup_overhead_seconds",
    type: "histogram",
    help: "Time inside the router until the caller was answered, waiting for deployments not included.",
    labels: ["group"],
    collect: byGroup((one) => filled(one.overhead)),
  },
  {
    name: "huntgroup_queue_wait_seconds",
    type: "histogram",
    help: "Time in the queue for capacity, of the calls that had to wait.",
    labels: ["group"],
    collect: byGroup((one) => filled(one.queueWait)),
  },
  {
    name: "huntgroup_attempt_duration_seconds",
    type: "histogram",
    help: "Attempts that succeeded, from the request to the end of the reply.",
    labels: ["group", "deployment"],
    collect: byDeployment((one) => filled(one.duration)),
  },
  {
    name: "huntgroup_time_to_first_token_seconds",
    type: "histogram",
    help: "Streams that succeeded: from the request to the deployment to its first content.",
    labels: ["group", "deployment"],
    collect: byDeployment((one) => filled(one.firstToken)),
  },
  {
    name: "huntgroup_time_per_output_token_seconds",
    type: "histogram",
    help: "Mean time for an output token after the first, of streams that succeeded and reported their usage.",
    labels: ["group", "deployment"],
    collect: byDeployment((one) => filled(one.perToken)),
  },
];
