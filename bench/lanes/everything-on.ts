import { chatBody } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import { startHuntgroup, type HuntgroupSetup } from "../targets/huntgroup.ts";
import type { Lane } from "./lane.ts";

/** Whatever can be switched off, on. Every feature that costs something per request is to be listed here. */
function setups(): { readonly off: HuntgroupSetup; readonly on: HuntgroupSetup } {
  const key = "sk-bench-0123456789";
  return {
    off: {},
    on: {
      headers: { authorization: `Bearer ${key}` },
      general_settings: { master_key: key },
      // Limits that are looked at and never reached.
      litellm_params: { rpm: 1_000_000_000, tpm: 1_000_000_000, max_parallel_requests: 1_000_000 },
      router_settings: { routing_strategy: "latency-based-routing", enable_pre_call_checks: true, num_retries: 3 },
    },
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
      for (const { kilobytes, promptBytes } of sizes) {
        const measure = { name: `${kilobytes} KB`, unit: "µs", digits: 0 };
        const body = chatBody(promptBytes);
        await bench.alternate(contestants, async ({ name, rest, pid }, warmingUp) => {
          if (rest === undefined) return;
          const job = { endpoint: rest, pid, body, concurrency: 32, durationMs: bench.spanMs, chunks: 1 };
          const { count, cpuMicros } = await bench.load.run("closedLoop", job);
          if (!warmingUp) sheet.add(measure, name, cpuMicros / count);
        });
      }
    } finally {
      await Promise.all(contestants.map((contestant) => contestant.stop()));
    }
    const goals = sizes.map(({ kilobytes }) => ({ measure: `${kilobytes} KB`, target: "on", beside: "off", atMost: 1.15 }));
    return { sheet, goals };
  },
};
