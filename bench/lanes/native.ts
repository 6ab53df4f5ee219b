import { chatBody } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import { startHuntgroup, type HuntgroupSetup } from "../targets/huntgroup.ts";
import type { StartContext } from "../targets/target.ts";
import type { Lane } from "./lane.ts";

/** A provider with an API of its own. */
interface NativeProvider {
  readonly name: string;
  readonly api: string;
  /** Its deployments' parameters, where the upstream stands in for it. */
  readonly params: (origin: string) => Readonly<Record<string, unknown>>;
}

const providers: readonly NativeProvider[] = [
  {
    name: "anthropic",
    api: "Anthropic's Messages",
    params: (origin) => ({ model: "anthropic/claude-haiku-4-5", api_base: origin }),
  },
  {
    name: "gemini",
    api: "Gemini's generateContent",
    params: (origin) => ({ model: "gemini/gemini-2.5-flash", api_base: origin }),
  },
  {
    name: "bedrock",
    api: "Bedrock's Converse, signed",
    params: (origin) => ({
      model: "bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0",
      api_key: undefined,
      aws_bedrock_runtime_endpoint: origin,
      aws_access_key_id: "AKIDBENCH",
      aws_secret_access_key: "bench",
      aws_region_name: "eu-central-1",
    }),
  },
];

const sizes = [
  { kilobytes: 4, promptBytes: 4_000, atMost: 1.6 },
  { kilobytes: 64, promptBytes: 64_000, atMost: 2.5 },
];
const chunks = 64;
const chunkAtMost = 2;
const streamings = [
  { name: "64 chunks in a burst, 50 streams: CPU per chunk", paceMs: 0, concurrency: 50 },
  { name: "64 chunks, one each 5 ms, 50 streams: CPU per chunk", paceMs: 5, concurrency: 50 },
];

function createLane({ name: native, api, params }: NativeProvider): Lane {
  return {
    name: native,
    title: `CPU of calls that are translated into ${api}, beside the same to a host of OpenAI's format`,
    async run(bench) {
      const sheet = new Sheet();
      const start = (name: string, setup: (context: StartContext) => HuntgroupSetup) =>
        bench.start(name, (context) => startHuntgroup(context, setup(context)));
      const contestants = [
        await start("openai", () => ({})),
        await start(native, ({ upstream }) => ({ litellm_params: params(`http://127.0.0.1:${upstream.rest}`) })),
      ];
      try {
        for (const contestant of contestants) await bench.warmUp(contestant);
        for (const { kilobytes, promptBytes } of sizes) {
          const body = chatBody(promptBytes);
          await bench.alternate(contestants, async ({ name, rest, pid }, warmingUp) => {
            if (rest === undefined) return;
            const job = { endpoint: rest, pid, body, concurrency: 32, durationMs: bench.spanMs, chunks: 1 };
            const { count, cpuMicros } = await bench.load.run("closedLoop", job);
            if (!warmingUp) sheet.add({ name: `${kilobytes} KB`, unit: "µs", digits: 0 }, name, cpuMicros / count);
          });
        }
        for (const { name: measure, paceMs, concurrency } of streamings) {
          const body = chatBody(150, { chunks, paceMs });
          await bench.alternate(contestants, async ({ name, rest, pid }, warmingUp) => {
            if (rest === undefined) return;
            const job = { endpoint: rest, pid, body, concurrency, durationMs: bench.spanMs, chunks };
            const { count, cpuMicros } = await bench.load.run("closedLoop", job);
            if (!warmingUp) sheet.add({ name: measure, unit: "µs", digits: 2 }, name, cpuMicros / count / chunks);
          });
        }
      } finally {
        await Promise.all(contestants.map((contestant) => contestant.stop()));
      }
      const beside = { target: native, beside: "openai" };
      const goals = [
        ...sizes.map(({ kilobytes, atMost }) => ({ measure: `${kilobytes} KB`, ...beside, atMost })),
        ...streamings.map(({ name }) => ({ measure: name, ...beside, atMost: chunkAtMost })),
      ];
      return { sheet, goals };
    },
  };
}

/** A lane for each provider with an API of its own. */
export const nativeLanes: readonly Lane[] = providers.map(createLane);
