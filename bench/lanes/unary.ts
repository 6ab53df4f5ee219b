import { chatBody } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import type { Lane } from "./lane.ts";

const concurrency = 32;
/** Bytes of the prompt, by the size of the body in KB. */
const sizes = [
  { kilobytes: 0.25, promptBytes: 150, beside: "bare-json" },
  { kilobytes: 4, promptBytes: 4_000, beside: "bare-json" },
  { kilobytes: 64, promptBytes: 64_000, beside: "bare-bytes" },
  { kilobytes: 400, promptBytes: 400_000, beside: "bare-bytes" },
];

export const unary: Lane = {
  name: "unary",
  title: `CPU per REST request that is not a stream, ${concurrency} at a time`,
  async run(bench) {
    const sheet = new Sheet();
    const contestants = await bench.contestants("rest");
    for (const { kilobytes, promptBytes } of sizes) {
      const measure = { name: `${kilobytes} KB`, unit: "µs", digits: 0 };
      const body = chatBody(promptBytes);
      await bench.alternate(contestants, async ({ name, rest, pid }, warmingUp) => {
        if (rest === undefined) return;
        const { count, cpuMicros } = await bench.load.run("closedLoop", {
          endpoint: rest,
          pid,
          body,
          concurrency,
          durationMs: bench.spanMs,
          chunks: 1,
        });
        if (!warmingUp) sheet.add(measure, name, cpuMicros / count);
      });
    }
    const besideBare = sizes.map(({ kilobytes, beside }) => ({ measure: `${kilobytes} KB`, target: "huntgroup", beside, atMost: 1.25 }));
    const besidePortkey = sizes
      .slice(0, 2)
      .map(({ kilobytes }) => ({ measure: `${kilobytes} KB`, target: "huntgroup", beside: "portkey", atMost: 0.1 }));
    return { sheet, goals: [...besideBare, ...besidePortkey] };
  },
};
