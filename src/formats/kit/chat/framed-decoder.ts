import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { type Frame, FrameDecoder } from "../event-stream/frame-decoder.ts";
import { frameError } from "../upstream-errors/frame-error.ts";
import { isMembers } from "./chat-fields.ts";
import type { ChatTarget } from "./chat-rules.ts";
import { errorEvent } from "./error-event.ts";

type Emit = (event: StreamEvent) => void;

/** Reads the events of one stream, whose framing is off already. */
export interface FramedReader {
  readonly heard: TextCount;
  /**
   * @param name The event's own name.
   * @returns What is wrong with the event; undefined where nothing is.
   */
  read(name: string, event: JsonMembers, emit: Emit): string | undefined;
  /** The stream is over. Omit it where that says nothing. */
  end?(emit: Emit): void;
}

/** Cuts a stream of AWS's framing into its events, which are JSON, and its exceptions, which are errors. */
export class FramedDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #target: ChatTarget;
  readonly #reader: FramedReader;
  readonly #frames = new FrameDecoder();

  constructor(call: Call, target: ChatTarget, reader: FramedReader) {
    this.#call = call;
    this.#target = target;
    this.#reader = reader;
  }

  get heard(): TextCount {
    return this.#reader.heard;
  }

  push(chunk: Buffer, emit: Emit): void {
    const fault = this.#frames.push(chunk, (frame) => this.#read(frame, emit));
    if (fault !== undefined) emit(this.#malformed(fault));
  }

  end(emit: Emit): void {
    this.#reader.end?.(emit);
  }

  #read(frame: Frame, emit: Emit): void {
    if (frame.messageType !== "event") {
      emit(errorEvent(frameError(this.#target.host, frame, this.#call)));
      return;
    }
    const event = parsedEvent(frame.payload);
    const fault = event === undefined ? "an event that is no JSON" : this.#reader.read(frame.name, event, emit);
    if (fault !== undefined) emit(this.#malformed(fault));
  }

  #malformed(what: string): StreamEvent {
    const { deploymentId } = this.#target.host;
    return errorEvent(new RouterError("upstream_malformed", `Deployment ${deploymentId} sent ${what}.`, { deploymentId }));
  }
}

/** An event's JSON; undefined where it is no object. */
export function parsedEvent(bytes: Buffer): JsonMembers | undefined {
  try {
    const value = parseExact(bytes.toString()) as JsonValue;
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
