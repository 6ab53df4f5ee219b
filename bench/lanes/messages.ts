import { benchModel, chatBody } from "../support/chat-request.ts";
import type { Streaming } from "../support/canned-reply.ts";
import { Sheet } from "../support/sheet.ts";
import { startHuntgroup } from "../targets/huntgroup.ts";
import type { Lane } from "./lane.ts";

const chunks = 64;
const atMost = 1.1;
const measures: readonly {
  readonly name: string;
  readonly unit: string;
  readonly promptBytes: number;
  readonly concurrency: number;
  readonly streaming?: Streaming;
}[] = [
  { name: "4 KB", unit: "µs", promptBytes: 4_000, concurrency: 32 },
  { name: "64 KB", unit: "µs", promptBytes: 64_000, concurrency: 32 },
  {
    name: "64 chunks in a burst, 50 streams: CPU per chunk",
    unit: "µs",
    promptBytes: 150,
    concurrency: 50,
    streaming: { chunks, paceMs: 0 },
  },
  {
    name: "64 chunks, one each 5 ms, 50 streams: CPU per chunk",
    unit: "µs",
    promptBytes: 150,
    concurrency: 50,
    streaming: { chunks, paceMs: 5 },
  },
];

/** What Messages cost that go to a deployment which speaks them, beside chats of as many bytes to a host of OpenAI's format. */
export const messages: Lane = {
  name: "messages",
  title: "CPU of Messages that go through as they are, beside chats of as many bytes",
  async run(bench) {
    const sheet = new Sheet();
    const plain = await bench.start("chat", (context) => startHuntgroup(context, {}));
    const native = await bench.start("messages", (context) =>
      startHuntgroup(context, {
        litellm_params: { model: "anthropic/claude-haiku-4-5", api_base: `http://127.0.0.1:${context.upstream.rest}` },
        headers: { "anthropic-version": "2023-06-01" },
      }),
    );
    const contestants = [plain, { ...native, rest: native.rest && { ...native.rest, path: "/v1/messages" } }];
    try {
      for (const contestant of [plain, native]) await bench.warmUp(contestant);
      for (const { name: measure, unit, promptBytes, concurrency, streaming } of measures) {
        await bench.alternate(contestants, async ({ name, rest, pid }, warmingUp) => {
          if (rest === undefined) return;
          const chat = chatBody(promptBytes, streaming);
          const body = name === "chat" ? chat : asMessages(chat);
          const parts = streaming?.chunks ?? 1;
          const { count, cpuMicros } = await bench.load.run("closedLoop", {
            endpoint: rest,
            pid,
            body,
            concurrency,
            durationMs: bench.spanMs,
            chunks: parts,
          });
          if (!warmingUp) sheet.add({ name: measure, unit, digits: streaming === undefined ? 0 : 2 }, name, cpuMicros / count / parts);
        });
      }
    } finally {
      await Promise.all([plain, native].map((contestant) => contestant.stop()));
    }
    return { sheet, goals: measures.map(({ name }) => ({ measure: name, target: "messages", beside: "chat", atMost })) };
  },
};

function asMessages(chat: string): string {
  return chat.replace(`{"model":"${benchModel}",`, `{"model":"${benchModel}","max_tokens":100,`);
}
