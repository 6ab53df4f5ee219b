import type { Call } from "../../../../core/call.ts";
import type { TextCount } from "../../../../core/outcome.ts";
import type { StreamDecoder, StreamEvent } from "../../../../core/provider.ts";
import { type SseEvent, SseSplitter } from "../../../../lib/sse.ts";
import type { ErrorSource } from "../../../kit/upstream-errors/classify-error.ts";
import { DeltaTemplate } from "./delta-template.ts";
import { MessageEvents } from "./message-events.ts";

type Emit = (event: StreamEvent) => void;

/** Cuts a stream of server-sent events into Anthropic's events, which go on as the bytes that they came as. */
export class MessageEventDecoder implements StreamDecoder {
  readonly #events: MessageEvents;
  readonly #splitter = new SseSplitter();
  readonly #template: DeltaTemplate;
  /** Where events go during `push` and `end`. It is kept here so that no closure is made for each chunk. */
  #emit: Emit = ignore;

  constructor(call: Call, source: ErrorSource) {
    this.#events = new MessageEvents(call, source);
    this.#template = new DeltaTemplate(this.#events.heard);
  }

  get heard(): TextCount {
    return this.#events.heard;
  }

  /** The last event, or an error, was emitted. */
  get isOver(): boolean {
    return this.#events.isOver;
  }

  push(chunk: Buffer, emit: Emit): void {
    this.#emit = emit;
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    while (at < chunk.length && !this.#events.isOver) at = this.#next(chunk, view, at);
    this.#emit = ignore;
  }

  end(emit: Emit): void {
    this.#emit = emit;
    this.#splitter.end(this.#onEvent);
    this.#emit = ignore;
  }

  /** Reads the event that begins at `at`, or the rest of the chunk. @returns Where to go on. */
  #next(chunk: Buffer, view: DataView, at: number): number {
    const run = this.#splitter.isBetweenEvents ? this.#template.match(chunk, view, at) : undefined;
    if (run !== undefined) {
      this.#events.noteContent();
      this.#emit(run);
      return at + run.bytes.length;
    }
    // One event at a time, so that the events behind it may fit the template again. In a stream with other line ends, the splitter takes all.
    const blankLineAt = chunk.indexOf("\n\n", at, "latin1");
    const stop = blankLineAt === -1 ? chunk.length : blankLineAt + 2;
    const piece = at === 0 && stop === chunk.length ? chunk : chunk.subarray(at, stop);
    if (!this.#splitter.push(piece, this.#onEvent)) this.#events.malformed("an event that is longer than any may be", this.#emit);
    return stop;
  }

  readonly #onEvent = ({ bytes, data }: SseEvent): void => {
    if (this.#events.read(bytes, data, this.#emit) && data !== undefined) this.#template.learn(bytes, data);
  };
}

function ignore(): void {}
