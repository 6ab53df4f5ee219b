import type { Metric } from "./metric.ts";

/** Which quantiles of the event loop's delay are shown; 1 is the worst. */
export const delayQuantiles: readonly number[] = [0.5, 0.9, 0.99, 1];

/** The server as a whole. */
export const processMetrics: readonly Metric[] = [
  {
    name: "huntgroup_queue_depth",
    type: "gauge",
    help: "Calls that wait for capacity now.",
    labels: [],
    collect: ({ queued }) => [[[], queued]],
  },
  {
    name: "huntgroup_buffered_bytes",
    type: "gauge",
    help: "Bytes of request bodies and whole replies that are held now, over all threads; max_buffered_bytes bounds them.",
    labels: [],
    collect: ({ bufferedBytes }) => [[[], bufferedBytes]],
  },
  {
    name: "huntgroup_refused_total",
    type: "counter",
    help: "Requests refused before they became calls. The label door keeps its name: it is the inbound protocol.",
    labels: ["door", "code"],
    *collect({ counts }) {
      for (const [inboundProtocol, codes] of counts.refusals)
        for (const [code, count] of codes.entries()) if (count > 0) yield [[inboundProtocol, code], count];
    },
  },
  {
    name: "huntgroup_config_reloads_total",
    type: "counter",
    help: "Reloads of the configuration. result: ok or failed.",
    labels: ["result"],
    collect: ({ reloads }) => [
      [["ok"], reloads.ok],
      [["failed"], reloads.failed],
    ],
  },
  {
    name: "huntgroup_config_last_reload_successful",
    type: "gauge",
    help: "Whether the last load or reload of the configuration went well.",
    labels: [],
    collect: ({ reloads }) => [[[], reloads.lastOk ? 1 : 0]],
  },
  {
    name: "huntgroup_config_last_reload_success_timestamp_seconds",
    type: "gauge",
    help: "When the configuration in force was loaded, in seconds since the Unix epoch.",
    labels: [],
    collect: ({ reloads }) => [[[], reloads.okAt / 1_000]],
  },
  {
    name: "huntgroup_event_loop_delay_seconds",
    type: "summary",
    help: "How late the event loop ran since the last scrape, by quantile (0.5, 0.9, 0.99, 1); of several threads the worst.",
    labels: ["quantile"],
    collect: ({ eventLoopDelaysMs }) => eventLoopDelaysMs.map((ms, index) => [[String(delayQuantiles[index])], ms / 1_000]),
  },
  {
    name: "huntgroup_build_info",
    type: "gauge",
    help: "Always 1.",
    labels: ["version", "node_version"],
    collect: ({ version }) => [[[version, process.version], 1]],
  },
];
