import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { TextCount, Usage } from "../../../core/outcome.ts";
import type { StreamDecoder, StreamEvent, StreamEventKind } from "../../../core/provider.ts";
import { locateMembers, skipString } from "../../../lib/json/json-splice.ts";
import { type SseEvent, SseSplitter } from "../../../lib/sse.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { classifyInlineError, type ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { responsesFormat } from "../kit/format-name.ts";
import { readResponsesUsage } from "../kit/read-usage.ts";
import { PieceTemplate } from "./piece-template.ts";

type Emit = (event: StreamEvent) => void;

/** Events that show nothing of an answer yet, or nothing that a reader would miss. */
const preambles: ReadonlySet<string> = new Set([
  "response.created",
  "response.queued",
  "response.in_progress",
  "response.content_part.added",
  "response.reasoning_summary_part.added",
]);

/** Items whose beginning holds nothing that a reader would see. */
const silentItem = /"item"\s*:\s*\{[^{}]*?"type"\s*:\s*"(?:message|reasoning)"/;

const members = ["type", "response", "delta", "error"] as const;
const spans = new Int32Array(members.length * 2);

/** Where one of {@link members} stands in the event that was looked at last. */
function spanOf(data: Buffer, key: (typeof members)[number]): Buffer | undefined {
  const at = members.indexOf(key) * 2;
  const [start = -1, end = -1] = [spans[at], spans[at + 1]];
  return start === -1 ? undefined : data.subarray(start, end);
}

/**
 * Reads the events of Responses for callers of the same format: each goes on as it came. Nothing of most is parsed: what an event is, its name says,
 * and of pieces of text only the length is of interest.
 */
export class ResponsesDecoder implements StreamDecoder {
  readonly heard: TextCount = { pieces: 0, bytes: 0 };
  readonly #call: Call;
  readonly #source: ErrorSource;
  readonly #events = new SseSplitter();
  readonly #template = new PieceTemplate(this.heard);
  /** Where events go during `push` and `end`. It is kept here so that no closure is made for each chunk. */
  #emit: Emit = ignore;
  #hasContent = false;
  /** The last event, or an error, was emitted. Nothing comes after it. */
  #over = false;

  constructor(call: Call, source: ErrorSource) {
    this.#call = call;
    this.#source = source;
  }

  push(chunk: Buffer, emit: Emit): void {
    this.#emit = emit;
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    while (at < chunk.length && !this.#over) at = this.#next(chunk, view, at);
    this.#emit = ignore;
  }

  end(emit: Emit): void {
    this.#emit = emit;
    this.#events.end(this.#onEvent);
    this.#emit = ignore;
  }

  /** Reads the event that begins at `at`, or the rest of the chunk. @returns Where to go on. */
  #next(chunk: Buffer, view: DataView, at: number): number {
    const pieces = this.#events.isBetweenEvents ? this.#template.match(chunk, view, at) : undefined;
    if (pieces !== undefined) {
      this.#hasContent = true;
      this.#emit(pieces);
      return at + pieces.bytes.length;
    }
    // One event at a time, so that the events behind it may fit the template again. In a stream with other line ends, the splitter takes all.
    const blankLineAt = chunk.indexOf("\n\n", at, "latin1");
    const stop = blankLineAt === -1 ? chunk.length : blankLineAt + 2;
    const piece = at === 0 && stop === chunk.length ? chunk : chunk.subarray(at, stop);
    if (!this.#events.push(piece, this.#onEvent)) this.#fail(this.#malformed("an event that is far too long"), this.#emit);
    return stop;
  }

  readonly #onEvent = (event: SseEvent): void => this.#read(event, this.#emit);

  #read(event: SseEvent, emit: Emit): void {
    if (this.#over) return;
    const { data } = event;
    // Some hosts end with `[DONE]` as chat does. Only the last event says that an answer is whole.
    if (data === undefined || data.length === 0 || data[0] === openBracket) {
      if (data === undefined) this.#send("other", event, emit);
      return;
    }
    const name = event.name ?? typeOf(data);
    switch (name) {
      case "response.completed":
      case "response.incomplete":
        this.#finish(name, event, data, emit);
        return;
      case "response.failed":
      case "error":
        this.#failed(data, emit);
        return;
      case undefined:
        this.#unnamed(event, data, emit);
        return;
      default:
        this.#pass(name, event, data, emit);
    }
  }

  #pass(name: string, event: SseEvent, data: Buffer, emit: Emit): void {
    if (name.endsWith(".delta")) {
      this.#hear(data);
      this.#hasContent = true;
      this.#template.learn(event.bytes, data);
      this.#send("content", event, emit);
      return;
    }
    const isPreamble = preambles.has(name) || (name === "response.output_item.added" && silentItem.test(data.toString("latin1", 0, 400)));
    const kind = isPreamble ? "preamble" : name.startsWith("response.") ? "content" : "other";
    if (kind === "content") this.#hasContent = true;
    this.#send(kind, event, emit);
  }

  #hear(data: Buffer): void {
    const at = data.indexOf('"delta":"', 0, "latin1");
    this.heard.pieces++;
    if (at !== -1) this.heard.bytes += Math.max(skipString(data, at + 8) - at - 10, 0);
  }

  #finish(name: string, event: SseEvent, data: Buffer, emit: Emit): void {
    if (locateMembers(data, members, spans) === -1) {
      this.#fail(this.#malformed("an event that is not JSON"), emit);
      return;
    }
    const response = spanOf(data, "response");
    // A response that is only looked at was paid for when it was made.
    const usage = response === undefined || this.#call.endpoint === "kept" ? nothingOf(this.#call) : readResponsesUsage(response);
    const isFiltered = name === "response.incomplete" && !this.#hasContent && response?.includes('"content_filter"') === true;
    this.#over = true;
    this.#send("finish", event, emit, usage, isFiltered);
    emit(endOfStream);
  }

  #failed(data: Buffer, emit: Emit): void {
    let told: unknown;
    try {
      told = JSON.parse(data.toString()) as unknown;
    } catch {
      this.#fail(this.#malformed("an event that is not JSON"), emit);
      return;
    }
    const { response } = told as { readonly response?: { readonly error?: unknown } | null };
    const error = classifyInlineError(this.#source, response?.error === undefined ? told : { error: response.error }, this.#call);
    this.#fail(error, emit, readResponsesUsage(data));
  }

  /** Some gateways put an error without a name into a stream. */
  #unnamed(event: SseEvent, data: Buffer, emit: Emit): void {
    if (locateMembers(data, members, spans) === -1) this.#fail(this.#malformed("an event that is not JSON"), emit);
    else if (spanOf(data, "error") === undefined) this.#send("other", event, emit);
    else this.#failed(data, emit);
  }

  #fail(error: RouterError, emit: Emit, usage?: Usage): void {
    if (this.#over) return;
    this.#over = true;
    emit({ ...errorEvent(error), usage });
  }

  #send(kind: StreamEventKind, { bytes, data }: SseEvent, emit: Emit, usage?: Usage, isFiltered?: boolean): void {
    const event = { kind, format: responsesFormat, bytes, data, usage, error: undefined };
    emit(isFiltered === true ? { ...event, isFiltered } : event);
  }

  #malformed(what: string): RouterError {
    const { deploymentId } = this.#source;
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a stream with ${what}.`, { deploymentId });
  }
}

function nothingOf({ endpoint }: Call): Usage | undefined {
  return endpoint === "kept" ? { promptTokens: 0, outputTokens: 0 } : undefined;
}

const openBracket = 0x5b;

function ignore(): void {}

/** Responses have no mark of the end behind their last event. */
const endOfStream: StreamEvent = {
  kind: "done",
  format: responsesFormat,
  bytes: Buffer.alloc(0),
  data: undefined,
  usage: undefined,
  error: undefined,
};

/** What an event says of itself where no line of its own does. */
function typeOf(data: Buffer): string | undefined {
  const near = /^\{\s*"type"\s*:\s*"([\w.]{1,80})"/.exec(data.toString("latin1", 0, 120));
  if (near !== null) return near[1];
  if (locateMembers(data, ["type"], typeSpan) === -1 || typeSpan[0] === -1) return undefined;
  return data.toString("latin1", (typeSpan[0] ?? 0) + 1, (typeSpan[1] ?? 0) - 1);
}

const typeSpan = new Int32Array(2);
