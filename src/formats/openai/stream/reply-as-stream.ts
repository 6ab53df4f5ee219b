import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import { withFiniteNumbers } from "../../../lib/json/finite-numbers.ts";
import type { ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { readReply } from "../reply/read-reply.ts";
import { OpenAiStreamDecoder } from "./stream-decoder.ts";

/** A reply that was asked for as a stream has an answer of some pages. Beyond this it is none. */
const longestBytes = 32 * 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;

/** Gives a whole reply in JSON as the stream that was asked for: its text in one chunk, then how it ended, then its usage. */
export class ReplyAsStream implements StreamDecoder {
  readonly #call: Call;
  readonly #source: ErrorSource;
  readonly #stream: OpenAiStreamDecoder;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** @param hidesUsage As for {@link OpenAiStreamDecoder}. */
  constructor(call: Call, source: ErrorSource, hidesUsage: boolean) {
    this.#call = call;
    this.#source = source;
    this.#stream = new OpenAiStreamDecoder(call, source, hidesUsage);
  }

  get heard(): TextCount {
    return this.#stream.heard;
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    this.#bytes += chunk.length;
    this.#pieces.push(chunk);
    if (this.#bytes <= longestBytes) return;
    this.#pieces = [];
    const { deploymentId } = this.#source;
    const message = `Deployment ${deploymentId} was asked for a stream and sent a reply of over ${longestBytes} bytes.`;
    emit(errorEvent(new RouterError("upstream_malformed", message, { deploymentId })));
  }

  end(emit: (event: StreamEvent) => void): void {
    const body = Buffer.concat(this.#pieces);
    this.#pieces = [];
    const reply = readReply(this.#call, this.#source, body);
    if (reply instanceof RouterError) {
      emit(errorEvent(reply));
      return;
    }
    this.#stream.push(Buffer.from(eventsOf(JSON.parse(withFiniteNumbers(body).toString()) as Fields)), emit);
    this.#stream.end(emit);
  }
}

/** The server-sent events that say what a whole reply says. */
function eventsOf(reply: Fields): string {
  const { choices, usage, object, ...shared } = reply;
  const isChat = object !== "text_completion";
  const head = { ...shared, object: isChat ? "chat.completion.chunk" : object };
  const list: readonly Fields[] = (choices as readonly Fields[]).map((choice, index) => ({ index, ...choice }));
  const chunks: unknown[] = [
    ...list.map((choice) => ({ ...head, choices: [isChat ? chunkOf(choice) : { ...choice, finish_reason: null }] })),
    ...list.map((choice) => ({ ...head, choices: [endOf(choice, isChat)] })),
  ];
  if (usage !== undefined && usage !== null) chunks.push({ ...head, choices: [], usage });
  return [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
}

function chunkOf({ message, finish_reason: _end, ...choice }: Fields): Fields {
  const { tool_calls: calls, ...delta } = (message ?? {}) as Fields;
  const numbered = Array.isArray(calls) ? { tool_calls: (calls as readonly Fields[]).map((one, index) => ({ index, ...one })) } : {};
  return { ...choice, delta: { ...delta, ...numbered }, finish_reason: null };
}

function endOf({ index, finish_reason: reason }: Fields, isChat: boolean): Fields {
  return { index, ...(isChat ? { delta: {} } : { text: "" }), finish_reason: reason ?? "stop" };
}
