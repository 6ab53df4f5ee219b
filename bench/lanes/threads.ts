import { chatBody } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import { startHuntgroup } from "../targets/huntgroup.ts";
import type { Lane } from "./lane.ts";

export const threads: Lane = {
  name: "threads",
  title: "CPU per REST request of 4 KB, by number of threads",
  async run(bench) {
    const sheet = new Sheet();
    const contestants = await Promise.all(
      [1, 2].map((count) =>
        // Where all of the machine can be had.
        bench.start(`${count}`, (context) => startHuntgroup({ ...context, core: undefined }, { threads: count })),
      ),
    );
    try {
      for (const contestant of contestants) await bench.warmUp(contestant);
      await bench.alternate(contestants, async ({ name, rest, pid }, warmingUp) => {
        if (rest === undefined) return;
        const job = { endpoint: rest, pid, body: chatBody(4_000), concurrency: 64, durationMs: bench.spanMs, chunks: 1 };
        const { count, cpuMicros, elapsedMs } = await bench.load.run("closedLoop", job);
        if (warmingUp) return;
        sheet.add({ name: "CPU per request", unit: "µs", digits: 0 }, name, cpuMicros / count);
        sheet.add({ name: "requests per second", unit: "", digits: 0 }, name, (count / elapsedMs) * 1_000);
      });
    } finally {
      await Promise.all(contestants.map((contestant) => contestant.stop()));
    }
    return { sheet, goals: [{ measure: "CPU per request", target: "2", beside: "1", atMost: 1.1 }] };
  },
};
