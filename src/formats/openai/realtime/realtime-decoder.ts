import { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { MediaTokens, Usage } from "../../../core/outcome.ts";
import type { StreamDecoder, StreamEvent, StreamEventKind } from "../../../core/provider.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { classifyError, type ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { readUsage } from "../usage/read-usage.ts";

/** The names of an event's type that are looked for where they stand as a rule: at the beginning. Audio behind them is not read. */
const headBytes = 512;
const typePattern = /"type"\s*:\s*"([\w.]+)"/;
/** A larger event is none that tells a usage. */
const mostParsedBytes = 4 * 1024 * 1024;

interface RealtimeEvent {
  readonly response?: { readonly usage?: unknown } | undefined;
  readonly usage?: unknown;
}

/**
 * Reads the messages of a conversation: each is one event in JSON. The first one shows that the conversation is open; from then on everything is
 * passed on as it came, errors too, which end no conversation. Usage adds up over its answers and transcripts.
 */
export class RealtimeDecoder implements StreamDecoder {
  readonly #source: ErrorSource;
  #isOpen = false;
  #usage: Usage | undefined;

  constructor(source: ErrorSource) {
    this.#source = source;
  }

  push(message: Buffer, emit: (event: StreamEvent) => void): void {
    const type = typePattern.exec(message.toString("latin1", 0, headBytes))?.[1];
    if (!this.#isOpen && type === "error") {
      emit(errorEvent(classifyError(this.#source, 200, {}, message)));
      return;
    }
    this.#isOpen = true;
    const used = type !== undefined && tellsUsage.has(type) ? readEventUsage(message) : undefined;
    if (used !== undefined) this.#usage = added(this.#usage, used);
    emit(eventOf("content", message, used === undefined ? undefined : this.#usage));
  }

  /** A host that closes a conversation in order has ended it. */
  end(emit: (event: StreamEvent) => void): void {
    if (this.#isOpen) emit(eventOf("finish", nothing, this.#usage));
    else {
      const { deploymentId } = this.#source;
      const message = `Deployment ${deploymentId} closed the conversation before it had begun.`;
      emit(errorEvent(new RouterError("upstream_malformed", message, { deploymentId })));
    }
  }
}

const nothing = Buffer.alloc(0);

/** Events that tell what an answer, or the transcript of what was said, has used. */
const tellsUsage: ReadonlySet<string> = new Set(["response.done", "conversation.item.input_audio_transcription.completed"]);

function eventOf(kind: StreamEventKind, bytes: Buffer, usage: Usage | undefined): StreamEvent {
  return { kind, format: openAiFormat, bytes, data: undefined, usage, error: undefined };
}

function readEventUsage(message: Buffer): Usage | undefined {
  if (message.length > mostParsedBytes) return undefined;
  let event: RealtimeEvent;
  try {
    event = JSON.parse(message.toString()) as RealtimeEvent;
  } catch {
    return undefined;
  }
  const told = event.response?.usage ?? event.usage;
  if (typeof told !== "object" || told === null) return undefined;
  const fields = told as Readonly<Record<string, unknown>>;
  if (fields["type"] === "duration") {
    const seconds = fields["seconds"];
    return typeof seconds === "number" && seconds >= 0 ? { promptTokens: 0, outputTokens: 0, seconds } : undefined;
  }
  const usage = readUsage({
    input_tokens: fields["input_tokens"],
    output_tokens: fields["output_tokens"],
    total_tokens: fields["total_tokens"],
    input_tokens_details: fields["input_token_details"],
    output_tokens_details: fields["output_token_details"],
  });
  if (usage === undefined) return undefined;
  const media = mediaOf(fields["input_token_details"], fields["output_token_details"]);
  return media === undefined ? usage : { ...usage, media };
}

function mediaOf(input: unknown, output: unknown): MediaTokens | undefined {
  const media = {
    inputImage: countOf(input, "image_tokens"),
    outputImage: undefined,
    inputAudio: countOf(input, "audio_tokens"),
    outputAudio: countOf(output, "audio_tokens"),
  };
  return Object.values(media).every((count) => count === undefined) ? undefined : media;
}

function countOf(details: unknown, name: string): number | undefined {
  const count = typeof details === "object" && details !== null ? (details as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof count === "number" && Number.isInteger(count) && count > 0 ? count : undefined;
}

function added(sum: Usage | undefined, usage: Usage): Usage {
  if (sum === undefined) return usage;
  const { cachedTokens, media, seconds } = sum;
  return {
    promptTokens: sum.promptTokens + usage.promptTokens,
    outputTokens: sum.outputTokens + usage.outputTokens,
    ...plus("cachedTokens", cachedTokens, usage.cachedTokens),
    ...plus("seconds", seconds, usage.seconds),
    ...(media === undefined && usage.media === undefined
      ? {}
      : {
          media: {
            ...plus("inputImage", media?.inputImage, usage.media?.inputImage),
            ...plus("inputAudio", media?.inputAudio, usage.media?.inputAudio),
            ...plus("outputAudio", media?.outputAudio, usage.media?.outputAudio),
          },
        }),
  };
}

function plus<Name extends string>(name: Name, one: number | undefined, other: number | undefined): Partial<Record<Name, number>> {
  return one === undefined && other === undefined ? {} : ({ [name]: (one ?? 0) + (other ?? 0) } as Partial<Record<Name, number>>);
}
