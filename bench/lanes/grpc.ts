import type { Streaming } from "../support/canned-reply.ts";
import { chatMessage } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import type { Lane } from "./lane.ts";

const connections = 4;

interface Scenario {
  readonly name: string;
  readonly method: string;
  readonly streaming?: Streaming;
  readonly concurrency: number;
  /** Messages with content in each answer. */
  readonly messages: number;
  readonly atMost: number;
}

const scenarios: readonly Scenario[] = [
  { name: "unary: CPU per call", method: "ChatCompletion", concurrency: 32, messages: 1, atMost: 1 },
  {
    name: "stream of 64 in a burst: CPU per message",
    method: "ChatCompletionStream",
    streaming: { chunks: 64, paceMs: 0 },
    concurrency: 32,
    messages: 64,
    atMost: 1.3,
  },
  {
    name: "stream of 64, one each 5 ms: CPU per message",
    method: "ChatCompletionStream",
    streaming: { chunks: 64, paceMs: 5 },
    concurrency: 50,
    messages: 64,
    atMost: 1.3,
  },
];

export const grpc: Lane = {
  name: "grpc",
  title: `gRPC, ${connections} connections`,
  async run(bench) {
    const sheet = new Sheet();
    const contestants = await bench.contestants("grpc");
    for (const { name: scenario, method, streaming, concurrency, messages } of scenarios) {
      const measure = { name: scenario, unit: "µs", digits: messages === 1 ? 0 : 2 };
      const message = chatMessage(150, streaming);
      const path = `/huntgroup.v1.ChatService/${method}`;
      await bench.alternate(contestants, async ({ name, grpcPort, pid }, warmingUp) => {
        if (grpcPort === undefined) return;
        const job = { port: grpcPort, path, message, connections, concurrency, durationMs: bench.spanMs, messages, pid };
        const { count, cpuMicros } = await bench.load.run("grpcCalls", job);
        if (!warmingUp) sheet.add(measure, name, cpuMicros / count / messages);
      });
    }
    const goals = scenarios.map(({ name, atMost }) => ({ measure: name, target: "huntgroup", beside: "grpc-js", atMost }));
    const note =
      "grpc-js passes on bytes to an upstream of gRPC; grpc-js-parsing and http2 read and write each message. Huntgroup turns each into JSON for an upstream of REST, and back.";
    return { sheet, goals, notes: [note] };
  },
};
