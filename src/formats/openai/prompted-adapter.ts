import type { Call } from "../../core/call.ts";
import { RouterError } from "../../core/errors.ts";
import type { DeploymentHost } from "../../core/format.ts";
import type { DecodedReply, FailedRequest, ProviderAdapter, Quota, StreamDecoder, StreamEvent } from "../../core/provider.ts";
import type { TextCount } from "../../core/outcome.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../core/upstream.ts";
import type { OpenAiAdapter } from "./adapter.ts";
import { ChunksAsChat, completionAsChat } from "./reply/completion-as-chat.ts";
import { readChunkText } from "../kit/continuation/continuation.ts";
import { promptCall } from "./request/chat-prompt.ts";

/** What people are told of such a deployment: see `ProviderAdapter.notes`. */
export const promptsNote = "chat goes to /completions as a prompt";

/** Serves chat by text completions: the messages go out as a prompt, and what comes back is written as chat. Other calls stay as they are. */
export class PromptedAdapter implements ProviderAdapter {
  readonly #inner: OpenAiAdapter;
  readonly #deploymentId: string;
  readonly #dropped: ReadonlySet<string>;
  /** A prompt has no assistant's message to go on with. */
  readonly continuation = undefined;
  readonly canAskUsage: boolean;
  readonly origin: string;
  readonly notes: readonly string[] | undefined;

  constructor(inner: OpenAiAdapter, { deploymentId, dropped }: Pick<DeploymentHost, "deploymentId" | "dropped">) {
    this.#inner = inner;
    this.#deploymentId = deploymentId;
    this.#dropped = new Set(dropped);
    this.canAskUsage = inner.canAskUsage;
    this.origin = inner.origin;
    this.notes = inner.notes;
  }

  replyFormat(): string {
    return this.#inner.replyFormat();
  }

  encode(call: Call, upstreamModel: string, asksUsage?: boolean): UpstreamRequest | RouterError {
    if (call.endpoint !== "chat") return this.#inner.encode(call, upstreamModel, asksUsage);
    const prompted = promptCall(call, this.#deploymentId, this.#dropped);
    return prompted instanceof RouterError ? prompted : this.#inner.encode(prompted, upstreamModel, asksUsage);
  }

  decodeReply(call: Call, headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    if (call.endpoint !== "chat") return this.#inner.decodeReply(call, headers, body);
    const reply = this.#inner.decodeReply(asCompletion(call), headers, body);
    return reply instanceof RouterError ? reply : { ...reply, body: completionAsChat(reply.body) };
  }

  decodeStream(call: Call, headers: UpstreamHeaders, hidesUsage?: boolean): StreamDecoder | RouterError {
    if (call.endpoint !== "chat") return this.#inner.decodeStream(call, headers, hidesUsage);
    const decoder = this.#inner.decodeStream(asCompletion(call), headers, hidesUsage);
    return decoder instanceof RouterError ? decoder : new ChatDecoder(decoder);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError {
    return this.#inner.decodeError(status, headers, body, request);
  }

  readQuota(headers: UpstreamHeaders, wallTime?: number): Quota | undefined {
    return this.#inner.readQuota(headers, wallTime);
  }

  readText(event: StreamEvent): string | undefined {
    return readChunkText(event);
  }
}

function asCompletion(call: Call): Call {
  return { ...call, endpoint: "completions" };
}

/** Decodes a text completion's stream as that of a chat call. */
class ChatDecoder implements StreamDecoder {
  readonly #inner: StreamDecoder;
  readonly #chunks = new ChunksAsChat();

  constructor(inner: StreamDecoder) {
    this.#inner = inner;
  }

  get heard(): TextCount | undefined {
    return this.#inner.heard;
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    this.#inner.push(chunk, (event) => {
      this.#convert(event, emit);
    });
  }

  end(emit: (event: StreamEvent) => void): void {
    this.#inner.end((event) => {
      this.#convert(event, emit);
    });
  }

  #convert(event: StreamEvent, emit: (event: StreamEvent) => void): void {
    for (const part of event.parts?.() ?? [event]) emit(this.#chunks.convert(part));
  }
}
