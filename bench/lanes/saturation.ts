import { chatBody } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import type { Lane } from "./lane.ts";

const concurrency = 64;

export const saturation: Lane = {
  name: "saturation",
  title: `As many REST requests of 4 KB as go through, ${concurrency} at a time`,
  async run(bench) {
    const sheet = new Sheet();
    await bench.alternate(await bench.contestants("rest"), async ({ name, rest, pid }, warmingUp) => {
      if (rest === undefined) return;
      const job = { endpoint: rest, pid, body: chatBody(4_000), concurrency, durationMs: bench.spanMs, chunks: 1 };
      const { count, cpuMicros, elapsedMs } = await bench.load.run("closedLoop", job);
      if (warmingUp) return;
      sheet.add({ name: "requests per CPU-second", unit: "", digits: 0 }, name, (count / cpuMicros) * 1_000_000);
      sheet.add({ name: "requests per second", unit: "", digits: 0 }, name, (count / elapsedMs) * 1_000);
      sheet.add({ name: "of a core, used by the target", unit: "%", digits: 0 }, name, cpuMicros / elapsedMs / 10);
    });
    const note =
      "Where a target uses much less than the whole of its core, load, upstream or others on this machine were what held it up: there, only the first line says something.";
    return { sheet, goals: [], notes: [note] };
  },
};
