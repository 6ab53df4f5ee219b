import type { UpstreamHeaders } from "../core/upstream.ts";
import type { MockAnswer, MockRequest } from "./mock-answer.ts";

export const jsonHeaders: UpstreamHeaders = { "content-type": "application/json" };
export const streamHeaders: UpstreamHeaders = { "content-type": "text/event-stream" };

/** What every reply and every chunk says of itself. */
export interface Envelope {
  readonly id: string;
  readonly created: number;
  readonly model: unknown;
}

/** The operations whose answers are texts. */
export type TextOperation = "chat" | "completion";

/** A whole answer as a reply. @param cachedTokens How much of the prompt was remembered; undefined where that is not told. */
export function wholeReply(operation: TextOperation, about: Envelope, answer: MockAnswer, cachedTokens?: number): object {
  const text = answer.words.join("");
  const finish = { logprobs: null, finish_reason: answer.finishReason };
  const choice =
    operation === "chat"
      ? { index: 0, message: { role: "assistant", content: text, refusal: null }, ...finish }
      : { index: 0, text, ...finish };
  const object = operation === "chat" ? "chat.completion" : "text_completion";
  const { id, created, model } = about;
  return { id, object, created, model, choices: [choice], usage: usageOf(answer, cachedTokens) };
}

function usageOf({ promptTokens, words }: MockAnswer, cachedTokens: number | undefined): object {
  const told = cachedTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } };
  return { prompt_tokens: promptTokens, completion_tokens: words.length, total_tokens: promptTokens + words.length, ...told };
}

/** Writes a streamed answer, chunk by chunk. What opens the stream comes with the first word, and what closes it with the last one. */
export class AnswerWriter {
  readonly #shape: StreamShape;
  readonly #about: Envelope;
  readonly #answer: MockAnswer;
  readonly #wantsUsage: boolean;

  constructor(operation: TextOperation, about: Envelope, answer: MockAnswer, request: MockRequest) {
    this.#shape = operation === "chat" ? chatShape : textShape;
    this.#about = about;
    this.#answer = answer;
    this.#wantsUsage = wantsUsage(request);
  }

  opening(): Buffer[] {
    return this.#shape.opening.map((choice) => this.#chunk([choice]));
  }

  word(index: number): Buffer {
    return this.#chunk([this.#shape.choice(this.#answer.words[index], null)]);
  }

  /** @param cachedTokens As in {@link wholeReply}. */
  closing(cachedTokens?: number): Buffer[] {
    return [
      this.#chunk([this.#shape.choice(undefined, this.#answer.finishReason)]),
      ...(this.#wantsUsage ? [this.#chunk([], { usage: usageOf(this.#answer, cachedTokens) })] : []),
      Buffer.from("data: [DONE]\n\n"),
    ];
  }

  #chunk(choices: readonly object[], rest: object = {}): Buffer {
    const { id, created, model } = this.#about;
    return Buffer.from(`data: ${JSON.stringify({ id, object: this.#shape.object, created, model, choices, ...rest })}\n\n`);
  }
}

/** What the chunks of an operation look like. */
interface StreamShape {
  readonly object: string;
  /** Choices before the first word. */
  readonly opening: readonly object[];
  choice(word: string | undefined, finishReason: string | null): object;
}

const chatShape: StreamShape = {
  object: "chat.completion.chunk",
  opening: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }],
  choice: (word, finish_reason) => ({ index: 0, delta: word === undefined ? {} : { content: word }, finish_reason }),
};

const textShape: StreamShape = {
  object: "text_completion",
  opening: [],
  choice: (word, finish_reason) => ({ index: 0, text: word ?? "", finish_reason }),
};

function wantsUsage(request: MockRequest): boolean {
  const options = request["stream_options"];
  return typeof options === "object" && options !== null && "include_usage" in options && options.include_usage === true;
}
