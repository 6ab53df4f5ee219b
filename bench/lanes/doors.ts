import { answerPhrase, chatPhrases, type Phrases, type Streaming } from "../support/canned-reply.ts";
import { benchModel, chatBody } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import { type HuntgroupSetup, startHuntgroup } from "../targets/huntgroup.ts";
import type { StartContext } from "../targets/target.ts";
import type { Lane } from "./lane.ts";

/** An API besides OpenAI's chat that callers speak. */
interface Door {
  readonly name: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes its request of a chat's. */
  readonly body: (chat: string) => string;
  readonly phrases: Phrases;
  /** Deployments that speak it themselves, where the upstream stands in for them. */
  readonly native: (origin: string) => HuntgroupSetup;
}

const doors: readonly Door[] = [
  {
    name: "messages",
    path: "/v1/messages",
    headers: { "anthropic-version": "2023-06-01" },
    body: (chat) => chat.replace(`{"model":"${benchModel}",`, `{"model":"${benchModel}","max_tokens":100,`),
    phrases: { whole: answerPhrase("text"), piece: answerPhrase("text") },
    native: (origin) => ({ litellm_params: { model: "anthropic/claude-haiku-4-5", api_base: origin } }),
  },
  {
    name: "responses",
    path: "/v1/responses",
    body: (chat) => chat.replace(',"messages":[', ',"input":['),
    phrases: { whole: answerPhrase("text"), piece: answerPhrase("delta") },
    native: () => ({ model_info: { supported_endpoints: ["/v1/chat/completions", "/v1/responses"] } }),
  },
];

const chunks = 64;
const nativeAtMost = 1.1;
const bridgedAtMost = 2;
const measures: readonly {
  readonly name: string;
  readonly promptBytes: number;
  readonly concurrency: number;
  readonly streaming?: Streaming;
}[] = [
  { name: "4 KB", promptBytes: 4_000, concurrency: 32 },
  { name: "64 KB", promptBytes: 64_000, concurrency: 32 },
  { name: `${chunks} chunks in a burst, 50 streams: CPU per chunk`, promptBytes: 150, concurrency: 50, streaming: { chunks, paceMs: 0 } },
  {
    name: `${chunks} chunks, one each 5 ms, 50 streams: CPU per chunk`,
    promptBytes: 150,
    concurrency: 50,
    streaming: { chunks, paceMs: 5 },
  },
];

/** What calls of another API cost, where the deployment speaks it itself and where it speaks OpenAI's chat, beside chats of as many bytes. */
function createLane(door: Door): Lane {
  return {
    name: door.name,
    title: `CPU of calls to ${door.path}, to deployments that speak it and to ones that speak chat, beside chats of as many bytes`,
    async run(bench) {
      const sheet = new Sheet();
      const start = (name: string, setup: (context: StartContext) => HuntgroupSetup) =>
        bench.start(name, (context) => startHuntgroup(context, { ...setup(context), headers: door.headers ?? {} }));
      const [chat, ...others] = [
        await start("chat", () => ({})),
        await start("native", ({ upstream }) => door.native(`http://127.0.0.1:${upstream.rest}`)),
        await start("bridged", () => ({})),
      ];
      const asked = others.flatMap(({ rest, ...other }) => (rest === undefined ? [] : [{ ...other, rest: { ...rest, path: door.path } }]));
      const contestants = [chat, ...asked];
      try {
        await bench.warmUp(chat);
        for (const { rest } of asked)
          await bench.warmUp({ rest: rest && { ...rest, phrase: door.phrases.whole } }, door.body(chatBody(150)));
        for (const { name: measure, promptBytes, concurrency, streaming } of measures) {
          const body = chatBody(promptBytes, streaming);
          const own = door.body(body);
          const parts = streaming?.chunks ?? 1;
          await bench.alternate(contestants, async ({ name, rest, pid }, warmingUp) => {
            if (rest === undefined) return;
            const phrases = name === "chat" ? chatPhrases : door.phrases;
            const { count, cpuMicros } = await bench.load.run("closedLoop", {
              endpoint: { ...rest, phrase: streaming === undefined ? phrases.whole : phrases.piece },
              pid,
              body: name === "chat" ? body : own,
              concurrency,
              durationMs: bench.spanMs,
              chunks: parts,
            });
            if (!warmingUp)
              sheet.add({ name: measure, unit: "µs", digits: streaming === undefined ? 0 : 2 }, name, cpuMicros / count / parts);
          });
        }
      } finally {
        await Promise.all(contestants.map((contestant) => contestant.stop()));
      }
      const goals = measures.flatMap(({ name: measure }) => [
        { measure, target: "native", beside: "chat", atMost: nativeAtMost },
        { measure, target: "bridged", beside: "chat", atMost: bridgedAtMost },
      ]);
      return { sheet, goals };
    },
  };
}

/** A lane for each API that callers speak besides OpenAI's chat. */
export const doorLanes: readonly Lane[] = doors.map(createLane);
