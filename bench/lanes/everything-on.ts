import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { chatBody } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import { startHuntgroup, type HuntgroupSetup } from "../targets/huntgroup.ts";
import type { Lane } from "./lane.ts";

const masterKey = "sk-bench-0123456789";
const callersKey = "sk-caller-0123456789";

/** Limits that are looked at and never reached. */
const limits = { rpm: 1_000_000_000, tpm: 1_000_000_000, max_parallel_requests: 1_000_000 };

/** Far more often than anybody does: the usual is 15 s. */
const scrapeMs = 1_000;

/** Whatever can be switched off, on. Every feature that costs something per request is to be listed here. */
function setups(): { readonly off: HuntgroupSetup; readonly on: HuntgroupSetup } {
  return {
    off: { isQuiet: true },
    on: {
      headers: { authorization: `Bearer ${callersKey}` },
      general_settings: { master_key: masterKey },
      keys: [{ name: "bench", sha256: createHash("sha256").update(callersKey).digest("hex"), max_budget: 1_000_000_000, ...limits }],
      litellm_params: { ...limits, input_cost_per_token: 0.000_001, output_cost_per_token: 0.000_002 },
      router_settings: { routing_strategy: "latency-based-routing", enable_pre_call_checks: true, num_retries: 3 },
    },
  };
}

/** Reads its metrics now and then, as a collector does. @returns Ends it. Rejects when they could not be read. */
function scrape(port: number): () => Promise<void> {
  const ended = new AbortController();
  const done = (async () => {
    do {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: `Bearer ${masterKey}` } });
      const page = await answer.text();
      if (!page.includes("huntgroup_")) throw new Error(`its metrics could not be read: ${answer.status}`);
      await sleep(scrapeMs, undefined, { signal: ended.signal }).catch(() => {});
    } while (!ended.signal.aborted);
  })();
  return async () => {
    ended.abort();
    await done;
  };
}

const sizes = [
  { kilobytes: 0.25, promptBytes: 150 },
  { kilobytes: 4, promptBytes: 4_000 },
];

export const everythingOn: Lane = {
  name: "everything-on",
  title: "CPU per REST request with everything on, and with everything off",
  async run(bench) {
    const sheet = new Sheet();
    const { off, on } = setups();
    const contestants = [
      await bench.start("off", (context) => startHuntgroup(context, off)),
      await bench.start("on", (context) => startHuntgroup(context, on)),
    ];
    try {
      for (const contestant of contestants) await bench.warmUp(contestant);
      for (const { kilobytes, promptBytes } of sizes) {
        const measure = { name: `${kilobytes} KB`, unit: "µs", digits: 0 };
        const body = chatBody(promptBytes);
        await bench.alternate(contestants, async ({ name, rest, pid }, warmingUp) => {
          if (rest === undefined) return;
          const job = { endpoint: rest, pid, body, concurrency: 32, durationMs: bench.spanMs, chunks: 1 };
          const stopScraping = name === "on" ? scrape(rest.port) : async () => {};
          const { count, cpuMicros } = await bench.load.run("closedLoop", job);
          await stopScraping();
          if (!warmingUp) sheet.add(measure, name, cpuMicros / count);
        });
      }
    } finally {
      await Promise.all(contestants.map((contestant) => contestant.stop()));
    }
    const goals = sizes.map(({ kilobytes }) => ({ measure: `${kilobytes} KB`, target: "on", beside: "off", atMost: 1.15 }));
    const notes = [
      "On: the access log, a collector that reads the metrics each second, a caller's key with limits and a budget that are checked, limits and " +
        "prices of the deployments, pre-call checks. Traces are not among them.",
    ];
    return { sheet, goals, notes };
  },
};
