import { toldUsd } from "../../core/keys/told-usd.ts";
import type { Metric } from "./metric.ts";
import { byDeployment, byKey, nonZero, tokens } from "./readers.ts";

/** What was used: by deployment, and by the caller's key. */
export const usageMetrics: readonly Metric[] = [
  {
    name: "huntgroup_tokens_total",
    type: "counter",
    help: "Tokens that were used, as providers reported them or estimated. type: prompt or output.",
    labels: ["group", "deployment", "type"],
    collect: byDeployment(tokens),
  },
  {
    name: "huntgroup_estimated_tokens_total",
    type: "counter",
    help: "Those of huntgroup_tokens_total that no provider reported, so that they were estimated. type: prompt or output.",
    labels: ["group", "deployment", "type"],
    collect: byDeployment((one) => tokens(one.estimated)),
  },
  {
    name: "huntgroup_units_total",
    type: "counter",
    help: "What is counted by the piece. unit: images, seconds (of audio), characters (of speech) or queries (of rerank).",
    labels: ["group", "deployment", "unit"],
    collect: byDeployment(({ units = {} }) =>
      Object.entries(units).flatMap(([unit, count]) => (count > 0 ? [[[unit], count] as const] : [])),
    ),
  },
  {
    name: "huntgroup_cost_usd_total",
    type: "counter",
    help: "US dollars, as far as prices are known.",
    labels: ["group", "deployment"],
    collect: byDeployment((one) => [[[], toldUsd(one.costUsd)]]),
  },
  {
    name: "huntgroup_key_calls_total",
    type: "counter",
    help: "Calls that ended, by the caller's key.",
    labels: ["key", "outcome"],
    collect: byKey((one) => nonZero(one.calls)),
  },
  {
    name: "huntgroup_key_tokens_total",
    type: "counter",
    help: "Tokens by the caller's key. type: prompt or output.",
    labels: ["key", "type"],
    collect: byKey(tokens),
  },
  {
    name: "huntgroup_key_cost_usd_total",
    type: "counter",
    help: "US dollars by the caller's key, as far as prices are known.",
    labels: ["key"],
    collect: byKey((one) => [[[], toldUsd(one.costUsd)]]),
  },
];
