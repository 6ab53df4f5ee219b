import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { type Frame, FrameDecoder } from "../../kit/event-stream/frame-decoder.ts";
import { frameError } from "../../kit/upstream-errors/frame-error.ts";
import { ConverseTranslator } from "./converse-translator.ts";

type Emit = (event: StreamEvent) => void;

/** Cuts a stream of AWS's framing into Converse's events, and has them read as OpenAI's chunks. */
export class ConverseDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #target: ChatTarget;
  readonly #frames = new FrameDecoder();
  readonly #reader: ConverseTranslator;

  constructor(call: Call, headers: UpstreamHeaders, target: ChatTarget) {
    this.#call = call;
    this.#target = target;
    this.#reader = new ConverseTranslator(call, headers, target);
  }

  get heard(): TextCount {
    return this.#reader.heard;
  }

  push(chunk: Buffer, emit: Emit): void {
    const fault = this.#frames.push(chunk, (frame) => this.#read(frame, emit));
    if (fault !== undefined) emit(this.#malformed(fault));
  }

  end(emit: Emit): void {
    this.#reader.end(emit);
  }

  #read(frame: Frame, emit: Emit): void {
    if (frame.messageType !== "event") {
      emit(errorEvent(frameError(this.#target.host, frame, this.#call)));
      return;
    }
    const event = parsed(frame.payload);
    if (event === undefined) emit(this.#malformed("an event that is no JSON"));
    else this.#reader.read(frame.name, event, emit);
  }

  #malformed(what: string): StreamEvent {
    const { deploymentId } = this.#target.host;
    return errorEvent(new RouterError("upstream_malformed", `Deployment ${deploymentId} sent ${what}.`, { deploymentId }));
  }
}

function parsed(payload: Buffer): JsonMembers | undefined {
  try {
    const value = JSON.parse(payload.toString()) as JsonValue;
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
