import { chatBody, chatMessage } from "../support/chat-request.ts";
import { collectArgs } from "../support/collect-args.ts";
import { openFilesLimit } from "../support/open-files-limit.ts";
import { Sheet } from "../support/sheet.ts";
import type { Lane } from "./lane.ts";

const wanted = 10_000;
const mostMegabytes = 1_024;
/** Files that a target has open beside its streams. */
const otherFiles = 500;
/** The first word comes at once, the next one after the lane. */
const idle = { chunks: 4, paceMs: 600_000 };

export const idleStreams: Lane = {
  name: "idle-streams",
  title: "Resident memory of streams that have begun and say nothing",
  async run(bench) {
    const sheet = new Sheet();
    // Each stream takes a file towards the caller, over REST, and one towards the provider.
    const streams = Math.min(bench.quick ? 200 : wanted, Math.floor((openFilesLimit() - otherFiles) / 2));
    for (const door of ["rest", "grpc"] as const) {
      const name = door === "rest" ? "REST" : "gRPC";
      const targets = bench.targets.filter((target) => target.name === "huntgroup" || (target.name === "bare-json" && door === "rest"));
      await bench.alternate(targets, async (target, warmingUp) => {
        // Each time a fresh process, which has to be as it comes.
        if (warmingUp) return;
        const contestant = await bench.start(target.name, (context) =>
          target.start({ ...context, nodeArgs: [...context.nodeArgs, ...collectArgs] }),
        );
        try {
          const { rest, pid } = contestant;
          if (rest === undefined || pid === undefined) return;
          const grpc = { path: "/huntgroup.v1.ChatService/ChatCompletionStream", message: chatMessage(150, idle) };
          const job = { endpoint: rest, body: chatBody(150, idle), grpc: door === "grpc" ? grpc : undefined, streams, pid };
          const { before, open, collected } = await bench.load.run("idleStreams", job);
          // The limit of open files may not let there be as many as are asked for.
          const total = (bytes: number): number => (before + ((bytes - before) * wanted) / streams) / 1_048_576;
          sheet.add({ name: `${name}: 10,000 streams`, unit: "MB", digits: 0 }, target.name, total(open));
          sheet.add({ name: `${name}: 10,000 streams, garbage collected`, unit: "MB", digits: 0 }, target.name, total(collected));
          sheet.add({ name: `${name}: each stream`, unit: "KB", digits: 1 }, target.name, (collected - before) / streams / 1_024);
        } finally {
          await contestant.stop();
        }
      });
    }
    const goals = ["REST", "gRPC"].map((name) => ({
      measure: `${name}: 10,000 streams`,
      target: "huntgroup",
      beside: undefined,
      atMost: mostMegabytes,
    }));
    const notes =
      streams < wanted
        ? [`Measured with ${streams.toLocaleString("en")} streams, as many as may be open here, and reckoned for 10,000.`]
        : [];
    return { sheet, goals, notes };
  },
};
