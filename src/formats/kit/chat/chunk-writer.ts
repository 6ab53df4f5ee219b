import type { Call } from "../../../core/call.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { TextCount, Usage } from "../../../core/outcome.ts";
import type { JsonMembers, StreamEvent, StreamEventKind } from "../../../core/provider.ts";
import { usageJson } from "./usage-json.ts";

/** Why an answer ended, in OpenAI's words. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

/**
 * Writes the events of one stream as OpenAI's chat chunks, for a decoder of another format. Ids, time and model are the same in all of them.
 *
 * @example What a decoder of a short answer calls:
 *
 *     const chunks = new ChunkWriter(call, createdAt(headers));
 *     emit(chunks.role());
 *     emit(chunks.text("Hello"));
 *     emit(chunks.finish("stop", usage));
 *     for (const event of chunks.end(usage)) emit(event);
 */
export class ChunkWriter {
  /** The text that was written. */
  readonly heard: TextCount = { pieces: 0, bytes: 0 };
  /** Which of several answers the next chunks are of. */
  choice = 0;
  readonly #head: string;
  /** What surrounds a text that is a JSON string already, for the first answer. */
  #textStart: Buffer | undefined;
  readonly #wantsUsage: boolean;

  /** @param created Seconds since the Unix epoch. */
  constructor(call: Pick<Call, "id" | "model" | "includeUsage">, created: number) {
    const shared = `"id":${JSON.stringify(chatId(call))},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(call.model)}`;
    this.#head = `data: {${shared},"choices":[`;
    this.#wantsUsage = call.includeUsage;
  }

  /** The first chunk, which says who speaks. */
  role(): StreamEvent {
    return this.#chunk("preamble", '{"role":"assistant","content":""}');
  }

  text(text: string): StreamEvent {
    this.#count(text);
    return this.#chunk("content", `{"content":${JSON.stringify(text)}}`);
  }

  /**
   * A piece of the first answer's text that is written as a JSON string already.
   * @param json It holds no escape. @param start Behind its opening quote. @param end At its closing one.
   */
  plainText(json: Buffer, start: number, end: number): StreamEvent {
    this.heard.pieces++;
    this.heard.bytes += end - start;
    const before = (this.#textStart ??= Buffer.from(`${this.#head}{"index":0,"delta":{"content":"`));
    const bytes = Buffer.allocUnsafe(before.length + end - start + textEnd.length);
    before.copy(bytes);
    json.copy(bytes, before.length, start, end);
    textEnd.copy(bytes, before.length + end - start);
    return { kind: "content", format: openAiFormat, bytes, data: dataOf(bytes), usage: undefined, error: undefined };
  }

  /**
   * A piece of thinking.
   * @param blocks The same as LiteLLM's `thinking_blocks`, to be sent back in the next turn: pieces of text, signatures, redacted blocks.
   */
  reasoning(text: string, blocks?: readonly JsonMembers[]): StreamEvent {
    this.#count(text);
    const kept = blocks === undefined ? "" : `,"thinking_blocks":${JSON.stringify(blocks)}`;
    return this.#chunk("content", `{"reasoning_content":${JSON.stringify(text)}${kept}}`);
  }

  /**
   * The beginning of a call of a tool; its arguments may follow in pieces.
   * @param index Counts the calls of this answer, from 0.
   * @param more Further members of the call, such as `provider_specific_fields`.
   */
  toolCall(index: number, id: string, name: string, args: string, more?: JsonMembers): StreamEvent {
    this.#count(name + args);
    const call = { index, id, type: "function", function: { name, arguments: args }, ...more };
    return this.#chunk("content", `{"tool_calls":[${JSON.stringify(call)}]}`);
  }

  toolArguments(index: number, piece: string): StreamEvent {
    this.#count(piece);
    return this.#chunk("content", `{"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(piece)}}}]}`);
  }

  /**
   * Any other delta with content: citations, a refusal, audio.
   * @param text What of it is counted as text.
   * @param logprobs OpenAI's `logprobs` of the choice.
   */
  delta(delta: JsonMembers, text = "", logprobs?: JsonMembers): StreamEvent {
    this.#count(text);
    const more = logprobs === undefined ? "" : `,"logprobs":${JSON.stringify(logprobs)}`;
    return this.#chunk("content", JSON.stringify(delta), undefined, more);
  }

  /**
   * The chunk with the finish reason.
   * @param usage What the whole request has used.
   * @param refusal Why the provider refused to answer, where it says so.
   * @param nativeReason The reason in the provider's own words, where these say more.
   */
  finish(reason: FinishReason, usage: Usage | undefined, refusal?: string, nativeReason?: string): StreamEvent {
    const delta = refusal === undefined ? "{}" : JSON.stringify({ refusal });
    const specific =
      nativeReason === undefined ? "" : `,"provider_specific_fields":${JSON.stringify({ native_finish_reason: nativeReason })}`;
    const { kind, format, bytes, data, error } = this.#chunk("finish", delta, reason, specific);
    return { kind, format, bytes, data, usage, error, isFiltered: reason === "content_filter" && this.heard.pieces === 0 };
  }

  /** What ends a whole stream: the chunk with the usage, and `[DONE]`. */
  end(usage: Usage | undefined): readonly StreamEvent[] {
    const done: StreamEvent = { kind: "done", format: openAiFormat, bytes: doneBytes, data: undefined, usage, error: undefined };
    if (usage === undefined) return [done];
    const bytes = Buffer.from(`${this.#head}],"usage":${usageJson(usage)}}\n\n`);
    // Callers that did not ask for it do not see it.
    const kind = this.#wantsUsage ? "finish" : "usage";
    return [{ kind, format: openAiFormat, bytes, data: dataOf(bytes), usage, error: undefined }, done];
  }

  #count(text: string): void {
    if (text === "") return;
    this.heard.pieces++;
    this.heard.bytes += Buffer.byteLength(text);
  }

  #chunk(kind: StreamEventKind, delta: string, reason?: FinishReason, more = ""): StreamEvent {
    const finish = reason === undefined ? "null" : `"${reason}"`;
    const bytes = Buffer.from(`${this.#head}{"index":${this.choice},"delta":${delta},"finish_reason":${finish}${more}}]}\n\n`);
    return new ChunkEvent(kind, bytes);
  }
}

/** A chunk. Its data is cut out of its bytes only when it is asked for. */
class ChunkEvent implements StreamEvent {
  readonly kind: StreamEventKind;
  readonly format = openAiFormat;
  readonly bytes: Buffer;
  readonly usage = undefined;
  readonly error = undefined;

  constructor(kind: StreamEventKind, bytes: Buffer) {
    this.kind = kind;
    this.bytes = bytes;
  }

  get data(): Buffer {
    return dataOf(this.bytes);
  }
}

/** The id of the answer to a call: the same whoever gives it, so that it holds when another deployment goes on. */
export function chatId(call: Pick<Call, "id">): string {
  return `chatcmpl-${call.id}`;
}

const textEnd = Buffer.from('"},"finish_reason":null}]}\n\n');
const doneBytes = Buffer.from("data: [DONE]\n\n");
const dataStart = "data: ".length;
const dataTail = "\n\n".length;

function dataOf(bytes: Buffer): Buffer {
  return bytes.subarray(dataStart, bytes.length - dataTail);
}
