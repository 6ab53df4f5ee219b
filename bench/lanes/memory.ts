import { setTimeout as sleep } from "node:timers/promises";
import { chatBody } from "../support/chat-request.ts";
import { collectArgs } from "../support/collect-args.ts";
import { residentBytes } from "../support/resident-memory.ts";
import { Sheet } from "../support/sheet.ts";
import type { Lane } from "./lane.ts";

/** Those made of Node, whose garbage can be collected on command. */
const names: ReadonlySet<string> = new Set(["huntgroup", "bare-json", "portkey"]);
const settleMs = 300;

export const memory: Lane = {
  name: "memory",
  title: "Resident memory",
  async run(bench) {
    const sheet = new Sheet();
    const streams = bench.quick ? 200 : 2_000;
    const chunks = 20;
    const paceMs = bench.quick ? 20 : 100;
    const rampMs = bench.quick ? 50 : 1_000;
    const targets = bench.targets.filter(({ name, cannotStream }) => names.has(name) && !(bench.quick && cannotStream !== undefined));
    await bench.alternate(targets, async (target, warmingUp) => {
      // Each time a fresh process, which has to be as it comes.
      if (warmingUp) return;
      const { name, rest, pid, stop } = await bench.start(target.name, (context) =>
        target.start({ ...context, nodeArgs: [...context.nodeArgs, ...collectArgs] }),
      );
      if (rest === undefined || pid === undefined) return;
      const take = (when: string): void => sheet.add({ name: when, unit: "MB", digits: 0 }, name, residentBytes(pid) / 1_048_576);
      const collect = async (): Promise<void> => {
        process.kill(pid, "SIGUSR2");
        await sleep(settleMs);
      };
      try {
        await sleep(settleMs);
        take("idle");
        const load = { endpoint: rest, pid, body: chatBody(64_000), concurrency: 64, durationMs: 2 * bench.spanMs, chunks: 1 };
        await bench.load.run("closedLoop", load);
        take("after requests of 64 KB, 64 at a time");
        await collect();
        if (target.cannotStream !== undefined) return;
        const body = chatBody(150, { chunks, paceMs });
        const open = bench.load.run("openStreams", { endpoint: rest, pid, body, streams, repeats: 1, rampMs, chunks });
        await sleep(rampMs + (chunks * paceMs) / 2);
        take(`with ${streams.toLocaleString("en")} streams open, or as many as had begun`);
        await open;
        await collect();
        take("after all of it, garbage collected");
      } finally {
        await stop();
      }
    });
    return { sheet, goals: [] };
  },
};
