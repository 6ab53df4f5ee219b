import { meanChange, type MeanChange, type ShadowCounts, type SummedChange } from "../../core/shadow/shadow-counts.ts";
import type { Metric, MetricSample } from "./metric.ts";

/** Reads one figure of each shadow's estimate, where there are enough for one. */
function ofChange(
  read: (counts: ShadowCounts) => SummedChange,
  figure: (change: MeanChange) => number,
): (source: { readonly shadows: readonly ShadowCounts[] }) => Iterable<MetricSample> {
  return function* ({ shadows }) {
    for (const counts of shadows) {
      const change = meanChange(read(counts));
      if (change !== undefined) yield [[counts.group, counts.shadow], figure(change)];
    }
  };
}

const labels = ["group", "strategy"];

/** What strategies would have done that are asked beside those in use. `strategy` is the shadow's name. */
export const shadowMetrics: readonly Metric[] = [
  {
    name: "huntgroup_shadow_picks_total",
    type: "counter",
    help: "Picks at which a shadow strategy was asked, by whether it chose the same deployment.",
    labels: [...labels, "agrees"],
    *collect({ shadows }) {
      for (const { group, shadow, samples, agreed } of shadows) {
        yield [[group, shadow, "true"], agreed];
        yield [[group, shadow, "false"], samples - agreed];
      }
    },
  },
  {
    name: "huntgroup_shadow_answer_change_seconds",
    type: "gauge",
    help: "Estimated mean change of the time to a stream's first content or a whole reply by the shadow's choice; below 0: sooner.",
    labels,
    collect: ofChange(
      ({ answerMs }) => answerMs,
      ({ mean }) => mean / 1_000,
    ),
  },
  {
    name: "huntgroup_shadow_answer_change_error_seconds",
    type: "gauge",
    help: "The standard error of that mean.",
    labels,
    collect: ofChange(
      ({ answerMs }) => answerMs,
      ({ standardError }) => standardError / 1_000,
    ),
  },
  {
    name: "huntgroup_shadow_cost_change_usd",
    type: "gauge",
    help: "Estimated mean change of a call's price by the shadow's choice, in US dollars.",
    labels,
    collect: ofChange(
      ({ costUsd }) => costUsd,
      ({ mean }) => mean,
    ),
  },
];
