import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { TextCount, Usage } from "../../../core/outcome.ts";
import type { StreamDecoder, StreamEvent, StreamEventKind } from "../../../core/provider.ts";
import { withFiniteNumbers } from "../../../lib/json/finite-numbers.ts";
import { type SseEvent, SseSplitter } from "../../../lib/sse.ts";
import { edited, withoutUsage, type ChunkEdit } from "./chunk-edits.ts";
import { ChunkSpans } from "./chunk-spans.ts";
import { ChunkTemplate } from "./chunk-template.ts";
import { classifyChunk } from "./classify-chunk.ts";
import { classifyInlineError, type ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { modelJson } from "../../kit/model-json.ts";
import { countText } from "../usage/count-text.ts";

const letterN = 0x6e;
const unchanged: readonly ChunkEdit[] = [];

/** Reads OpenAI's streams: splits them into events, classifies each event, and puts the caller's name for the model in. */
export class OpenAiStreamDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #source: ErrorSource;
  readonly #modelJson: Buffer;
  readonly #splitter = new SseSplitter();
  readonly #spans = new ChunkSpans();
  /** The text that has come so far, of all answers. */
  readonly heard: TextCount = { pieces: 0, bytes: 0 };
  readonly #template = new ChunkTemplate(this.heard);
  readonly #hidesUsage: boolean;
  /** How much text the present chunk has. */
  readonly #text: TextCount = { pieces: 0, bytes: 0 };
  /** Where events go during `push` and `end`. It is kept here so that no closure is made for each chunk. */
  #emit: (event: StreamEvent) => void = ignore;
  /** Whether the event at hand ends an answer that was refused. */
  #isFiltered = false;
  /** `[DONE]` or an error was emitted. Nothing comes after it. */
  #over = false;

  /** @param hidesUsage Whether the caller sees nothing of a usage that it did not ask for: neither its chunk nor `usage: null`. */
  constructor(call: Call, source: ErrorSource, hidesUsage = false) {
    this.#call = call;
    this.#source = source;
    this.#hidesUsage = hidesUsage;
    this.#modelJson = modelJson(call);
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    this.#emit = emit;
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    while (at < chunk.length && !this.#over) at = this.#next(chunk, view, at);
    this.#emit = ignore;
  }

  /** Reads the event that begins at `at`, or the rest of the chunk. @returns Where to go on. */
  #next(chunk: Buffer, view: DataView, at: number): number {
    const end = this.#splitter.isBetweenEvents ? this.#template.match(chunk, view, at) : -1;
    if (end !== -1) {
      this.#emit(this.#template.write(chunk));
      return end;
    }
    // One event at a time, so that the events behind it may fit the template again. In a stream with other line ends, the splitter takes all.
    const blankLineAt = chunk.indexOf("\n\n", at, "latin1");
    const stop = blankLineAt === -1 ? chunk.length : blankLineAt + 2;
    const piece = at === 0 && stop === chunk.length ? chunk : chunk.subarray(at, stop);
    if (!this.#splitter.push(piece, this.#onEvent)) this.#fail(this.#malformed("with an event that is far too long"));
    return stop;
  }

  end(emit: (event: StreamEvent) => void): void {
    this.#emit = emit;
    this.#splitter.end(this.#onEvent);
    this.#emit = ignore;
  }

  readonly #onEvent = (received: SseEvent): void => {
    if (this.#over) return;
    const event = withFiniteData(received);
    const { data, name } = event;
    if (data === undefined || data.length === 0) {
      this.#send("other", event.bytes, undefined, undefined);
      return;
    }
    if (isDone(data)) {
      this.#over = true;
      this.#send("done", event.bytes, undefined, undefined);
      return;
    }
    this.#spans.locate(data);
    const chunk = classifyChunk(data, this.#spans, name);
    switch (chunk.kind) {
      case "error":
        this.#fail(classifyInlineError(this.#source, chunk.error, this.#call));
        return;
      case "malformed":
        this.#fail(this.#malformed("with an event that is not JSON"));
        return;
      case "other":
        this.#send("other", event.bytes, data, undefined);
        return;
      case "finish":
        this.#isFiltered = chunk.isFiltered;
        this.#sendChunk(chunk.kind, event, data, chunk.usage);
        this.#isFiltered = false;
        return;
      case "content":
      case "preamble":
        this.#sendChunk(chunk.kind, event, data, chunk.usage);
        return;
      default:
        chunk satisfies never;
    }
  };

  /** Emits a chunk. Makes one copy of the event where something has to change, and none where nothing does. */
  #sendChunk(kind: StreamEventKind, event: SseEvent, data: Buffer, usage: Usage | undefined): void {
    this.#hear(kind, data);
    if (this.#hidesUsage && usage !== undefined && this.#hasNoChoice(data)) {
      this.#send("usage", event.bytes, data, usage);
      return;
    }
    const edits = this.#edits(data);
    if (kind === "content" && usage === undefined && event.name === undefined) {
      this.#template.learn(event.bytes, data, this.#spans.start("choices"), edits, this.#text);
    }
    if (edits.length === 0) {
      this.#send(kind, event.bytes, data, usage);
      return;
    }
    const dataAt = offsetIn(event.bytes, data);
    if (dataAt !== undefined) {
      const bytes = edited(event.bytes, -dataAt, edits);
      const dataEnd = bytes.length - (event.bytes.length - dataAt - data.length);
      this.#send(kind, bytes, bytes.subarray(dataAt, dataEnd), usage);
      return;
    }
    // The data stood in several lines, so the event is written anew. A line break inside JSON is white space and may be left out.
    const json = edited(data, 0, edits);
    const named = event.name === undefined ? "" : `event: ${event.name}\n`;
    this.#send(kind, Buffer.from(`${named}data: ${json.toString().replaceAll("\n", " ")}\n\n`), json, usage);
  }

  /** What the caller gets in place of what: the model's name as it knows it, and no `usage: null` that it did not ask for. */
  #edits(data: Buffer): readonly ChunkEdit[] {
    const spans = this.#spans;
    const start = spans.start("model");
    const end = spans.end("model");
    const isNamed = start === -1 || this.#modelJson.compare(data, start, end) === 0;
    const name = isNamed ? undefined : { start, end, json: this.#modelJson };
    const usageAt = this.#hidesUsage ? spans.start("usage") : -1;
    const usage = usageAt === -1 || data[usageAt] !== letterN ? undefined : withoutUsage(data, usageAt, spans.end("usage"));
    if (usage === undefined) return name === undefined ? unchanged : [name];
    if (name === undefined) return [usage];
    return name.start < usage.start ? [name, usage] : [usage, name];
  }

  #hear(kind: StreamEventKind, data: Buffer): void {
    const text = this.#text;
    text.pieces = 0;
    text.bytes = 0;
    countText(data, this.#spans.start("choices"), this.#spans.end("choices"), text);
    // What a reader of the answer sees need not be text.
    if (kind === "content" && text.pieces === 0) text.pieces = 1;
    this.heard.pieces += text.pieces;
    this.heard.bytes += text.bytes;
  }

  #hasNoChoice(data: Buffer): boolean {
    return data.toString("latin1", this.#spans.start("choices") + 1, this.#spans.end("choices") - 1).trim() === "";
  }

  #fail(error: RouterError): void {
    if (this.#over) return;
    this.#over = true;
    this.#emit(errorEvent(error));
  }

  #send(kind: StreamEventKind, bytes: Buffer, data: Buffer | undefined, usage: Usage | undefined): void {
    const event = { kind, format: openAiFormat, bytes, data, usage, error: undefined };
    this.#emit(this.#isFiltered ? { ...event, isFiltered: true } : event);
  }

  #malformed(what: string): RouterError {
    const { deploymentId } = this.#source;
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a stream ${what}.`, { deploymentId });
  }
}

/** An event whose data has no numbers that JSON does not have. */
function withFiniteData(event: SseEvent): SseEvent {
  const { data, name } = event;
  if (data === undefined) return event;
  const finite = withFiniteNumbers(data);
  if (finite === data) return event;
  const dataAt = offsetIn(event.bytes, data);
  // Where the data stood in several lines, the event is written anew. A line break inside JSON is white space and may be left out.
  const json = dataAt === undefined ? Buffer.from(finite.toString().replaceAll("\n", " ")) : finite;
  const head =
    dataAt === undefined ? Buffer.from(`${name === undefined ? "" : `event: ${name}\n`}data: `) : event.bytes.subarray(0, dataAt);
  const tail = dataAt === undefined ? eventEnd : event.bytes.subarray(dataAt + data.length);
  const bytes = Buffer.concat([head, json, tail]);
  return { ...event, bytes, data: bytes.subarray(head.length, head.length + json.length) };
}

const eventEnd = Buffer.from("\n\n");

/** @returns Where the data begins in its event; undefined when it was put together from several lines. */
function offsetIn(event: Buffer, data: Buffer): number | undefined {
  const offset = data.byteOffset - event.byteOffset;
  return data.buffer === event.buffer && offset >= 0 && offset + data.length <= event.length ? offset : undefined;
}

function isDone(data: Buffer): boolean {
  return data[0] === 0x5b && data.length < 16 && data.toString("latin1").trim() === "[DONE]";
}

function ignore(): void {}
