import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { type SseEvent, SseSplitter } from "../../../lib/sse.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { MessageTranslator } from "./message-translator.ts";

type Emit = (event: StreamEvent) => void;

/** Cuts a stream of server-sent events into Anthropic's events, and has them read as OpenAI's chunks. */
export class MessageDecoder implements StreamDecoder {
  readonly #target: ChatTarget;
  readonly #reader: MessageTranslator;
  readonly #events = new SseSplitter();

  constructor(call: Call, headers: UpstreamHeaders, target: ChatTarget) {
    this.#target = target;
    this.#reader = new MessageTranslator(call, headers, target);
  }

  get heard(): TextCount {
    return this.#reader.heard;
  }

  push(chunk: Buffer, emit: Emit): void {
    if (!this.#events.push(chunk, (event) => this.#read(event, emit))) emit(this.#malformed("an event that is longer than any may be"));
  }

  end(emit: Emit): void {
    this.#events.end((event) => this.#read(event, emit));
  }

  #read({ data }: SseEvent, emit: Emit): void {
    if (data === undefined) return;
    let event: JsonValue;
    try {
      event = parseExact(data.toString()) as JsonValue;
    } catch {
      emit(this.#malformed("an event that is no JSON"));
      return;
    }
    if (typeof event === "object" && event !== null && !Array.isArray(event)) this.#reader.read(event as JsonMembers, emit);
  }

  #malformed(what: string): StreamEvent {
    const { deploymentId } = this.#target.host;
    return errorEvent(new RouterError("upstream_malformed", `Deployment ${deploymentId} sent ${what}.`, { deploymentId }));
  }
}
