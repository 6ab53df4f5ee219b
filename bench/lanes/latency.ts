import { chatBody } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import { quantile } from "../support/statistics.ts";
import type { Lane } from "./lane.ts";

const shares = [
  { name: "median", share: 0.5, atMost: 1.5 },
  { name: "p99", share: 0.99, atMost: 2 },
];

export const latency: Lane = {
  name: "latency",
  title: "Latency added to a direct call, one call at a time, 0.25 KB",
  async run(bench) {
    const sheet = new Sheet();
    const contestants = await bench.contestants("rest");
    const lines = [{ name: "direct", rest: bench.direct }, ...contestants].flatMap(({ name, rest }) =>
      rest === undefined ? [] : [{ name, endpoint: rest }],
    );
    await bench.alternate([{ name: "the interleaved calls" }], async (_all, warmingUp) => {
      const job = { endpoints: lines.map(({ endpoint }) => endpoint), body: chatBody(150), calls: bench.quick ? 150 : 2_000 };
      const { tookMs } = await bench.load.run("interleaved", job);
      if (warmingUp) return;
      for (const { name, share } of shares) {
        const direct = quantile(tookMs[0] ?? [], share);
        sheet.add({ name: `direct call, ${name}`, unit: "µs", digits: 0 }, "direct", direct * 1_000);
        const measure = { name: `added, ${name}`, unit: "µs", digits: 0 };
        for (const [index, line] of lines.entries())
          if (index > 0) sheet.add(measure, line.name, (quantile(tookMs[index] ?? [], share) - direct) * 1_000);
      }
    });
    const goals = shares.map(({ name, atMost }) => ({ measure: `added, ${name}`, target: "huntgroup", beside: "bare-json", atMost }));
    return {
      sheet,
      goals,
      notes: ["Each direct call is followed by one through each target. The p99 of a busy machine is the machine's."],
    };
  },
};
