import { callEntries } from "./deployment-counts.ts";
import type { Metric } from "./metric.ts";
import { byGroup, nonZero } from "./readers.ts";

/** Whole calls: how they ended. */
export const callMetrics: readonly Metric[] = [
  {
    name: "huntgroup_calls_total",
    type: "counter",
    help: "Calls that ended, by the group and deployment that answered or were tried last. The label door keeps its name: it is the inbound protocol.",
    labels: ["group", "deployment", "door", "outcome"],
    *collect({ counts }) {
      for (const [group, one] of counts.groups)
        for (const [inboundProtocol, outcome, count] of callEntries(one.calls))
          if (count > 0) yield [[group, "", inboundProtocol, outcome], count];
      for (const [id, one] of counts.deployments)
        for (const [inboundProtocol, outcome, count] of callEntries(one.calls))
          if (count > 0) yield [[one.group, id, inboundProtocol, outcome], count];
    },
  },
  {
    name: "huntgroup_call_errors_total",
    type: "counter",
    help: "Calls that did not succeed, by what their caller was told.",
    labels: ["group", "code"],
    collect: byGroup((one) => nonZero(one.errors)),
  },
  {
    name: "huntgroup_calls_in_flight",
    type: "gauge",
    help: "Calls that have begun and not ended, those in the queue included.",
    labels: [],
    collect: ({ counts }) => [[[], counts.callsInFlight]],
  },
];
