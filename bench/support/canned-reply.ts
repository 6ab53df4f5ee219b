import type { JsonObject } from "@bufbuild/protobuf";

/** What the upstream of the bench answers, and how a request tells it to stream: in its prompt, which every gateway passes on as it is. */

/** All content begins with it. */
export const contentWord = "word";
/** What stands where content is, by the name of the member that holds it. */
export function answerPhrase(member: string): string {
  return `"${member}":"${contentWord}`;
}

/** What stands once in a whole reply in JSON, and once in each piece of a stream with content. */
export interface Phrases {
  readonly whole: string;
  readonly piece: string;
}

/** Of OpenAI's chats. */
export const chatPhrases: Phrases = { whole: answerPhrase("content"), piece: answerPhrase("content") };

const common = { id: "chatcmpl-bench", created: 1_700_000_000, model: "bench" };
const usage = { prompt_tokens: 12, completion_tokens: 64, total_tokens: 76 };

export const wholeReply: JsonObject = {
  ...common,
  object: "chat.completion",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: Array.from({ length: 64 }, (_, index) => `${contentWord}${index} `).join("") },
      finish_reason: "stop",
    },
  ],
  usage,
};

function chunk(delta: JsonObject, finishReason: string | null): JsonObject {
  return { ...common, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finishReason }] };
}

/** The chunk that says who speaks, those with content, and the one that ends. */
export function replyChunks(contentChunks: number): readonly JsonObject[] {
  return [
    chunk({ role: "assistant", content: "" }, null),
    ...Array.from({ length: contentChunks }, (_, index) => chunk({ content: `${contentWord}${index} ` }, null)),
    chunk({}, "stop"),
  ];
}

/** How a reply is to come. */
export interface Streaming {
  /** Chunks with content. */
  readonly chunks: number;
  /** Between two of them; 0: all at once. */
  readonly paceMs: number;
}

/** What stands at the beginning of a prompt. */
export function streamingMark({ chunks, paceMs }: Streaming): string {
  return `[chunks=${chunks} pace=${paceMs}]`;
}

/** @returns undefined where no stream is asked for. */
export function readStreamingMark(text: string): Streaming | undefined {
  const [, chunks, pace] = /\[chunks=(\d+) pace=(\d+)\]/.exec(text) ?? [];
  return chunks === undefined ? undefined : { chunks: Number(chunks), paceMs: Number(pace) };
}
