import type { Call } from "../../../../core/call.ts";
import { RouterError } from "../../../../core/errors.ts";
import type { TextCount, Usage } from "../../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamEvent, StreamEventKind } from "../../../../core/provider.ts";
import { scanObject } from "../../../../lib/json/json-splice.ts";
import { isMembers } from "../../../kit/chat/chat-fields.ts";
import { errorEvent } from "../../../kit/chat/error-event.ts";
import { modelJson } from "../../../kit/model-json.ts";
import { classifyInlineError, type ErrorSource } from "../../../kit/upstream-errors/classify-error.ts";
import { isUnnamedError } from "../../../kit/upstream-errors/unnamed-error.ts";
import { overlayUsage, readMessageUsage } from "../../usage/read-usage.ts";
import { messagesFormat } from "../reply/messages-format.ts";

type Emit = (event: StreamEvent) => void;

/** Blocks that begin empty: what a reader sees of them comes in pieces. */
const emptyBlocks: Readonly<Record<string, string>> = { text: "text", thinking: "thinking" };

/** Tells what the events of one stream are, and what they say of the usage. It puts the caller's name for the model into the first. */
export class MessageEvents {
  /** What a reader of the answer has seen so far. */
  readonly heard: TextCount = { pieces: 0, bytes: 0 };
  readonly #call: Call;
  readonly #source: ErrorSource;
  #usage: JsonMembers = {};
  #hasContent = false;
  #isFinished = false;
  #isOver = false;

  constructor(call: Call, source: ErrorSource) {
    this.#call = call;
    this.#source = source;
  }

  /** The last event, or an error, was emitted: nothing comes after it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Content came that was not read here. */
  noteContent(): void {
    this.#hasContent = true;
  }

  /**
   * Reads one event.
   * @param bytes The whole event.
   * @param data Its data; undefined where it has none, as comments.
   * @returns Whether it is a piece of what the model says.
   */
  read(bytes: Buffer, data: Buffer | undefined, emit: Emit): boolean {
    if (this.#isOver) return false;
    if (data === undefined || data.length === 0) {
      emit(eventOf("other", bytes, undefined));
      return false;
    }
    const event = parsed(data);
    if (event === undefined) {
      this.malformed("an event that is no JSON", emit);
      return false;
    }
    switch (event["type"]) {
      case "content_block_delta":
        return this.#readDelta(event["delta"], bytes, data, emit);
      case "content_block_start":
        this.#send(this.#beginsSeen(event["content_block"]) ? "content" : "preamble", bytes, data, emit);
        return false;
      case "message_start":
        this.#begin(event["message"], bytes, data, emit);
        return false;
      case "message_delta":
        this.#finish(event, bytes, data, emit);
        return false;
      case "message_stop":
        this.#stop(bytes, data, emit);
        return false;
      case "error":
        this.fail(classifyInlineError(this.#source, event, this.#call), emit);
        return false;
      // Pings, the ends of blocks, and events that are yet to come.
      default:
        if (isUnnamedError(event)) this.fail(classifyInlineError(this.#source, event, this.#call), emit);
        else this.#send("other", bytes, data, emit);
        return false;
    }
  }

  #readDelta(delta: JsonValue | undefined, bytes: Buffer, data: Buffer, emit: Emit): boolean {
    const { text, thinking, partial_json: input } = isMembers(delta) ? delta : {};
    const piece = text ?? thinking ?? input;
    // Signatures and citations belong to what was seen before them.
    const isSeen = piece === undefined || piece !== "";
    if (typeof piece === "string") this.#hear(piece);
    this.#send(isSeen ? "content" : "preamble", bytes, data, emit);
    return typeof piece === "string" && isSeen;
  }

  /** Whether a reader of the answer sees something of a block that begins. */
  #beginsSeen(block: JsonValue | undefined): boolean {
    const { type, ...rest } = isMembers(block) ? block : {};
    const key = typeof type === "string" ? emptyBlocks[type] : undefined;
    const said = key === undefined ? JSON.stringify(rest) : rest[key];
    if (typeof said !== "string" || said === "") return false;
    this.#hear(said);
    return true;
  }

  #hear(piece: string): void {
    if (piece === "") return;
    this.heard.pieces++;
    this.heard.bytes += Buffer.byteLength(piece);
  }

  #begin(message: JsonValue | undefined, bytes: Buffer, data: Buffer, emit: Emit): void {
    const { content, usage } = isMembers(message) ? message : {};
    this.#usage = overlayUsage(this.#usage, usage);
    // Answers to code that runs at Anthropic stand whole in their first event.
    const blocks = Array.isArray(content) ? (content as readonly JsonValue[]) : [];
    const seen = blocks.filter((block) => this.#beginsSeen(block));
    const [named, namedData] = withModel(bytes, data, modelJson(this.#call));
    this.#send(seen.length > 0 ? "content" : "preamble", named, namedData, emit);
  }

  #finish({ delta, usage }: JsonMembers, bytes: Buffer, data: Buffer, emit: Emit): void {
    this.#usage = overlayUsage(this.#usage, usage);
    const reason = isMembers(delta) ? delta["stop_reason"] : undefined;
    // Some events tell of the usage alone.
    if (reason === undefined || reason === null) {
      emit(eventOf("other", bytes, data, readMessageUsage(this.#usage)));
      return;
    }
    this.#isFinished = true;
    const event = eventOf("finish", bytes, data, readMessageUsage(this.#usage));
    emit(reason === "refusal" && !this.#hasContent ? { ...event, isFiltered: true } : event);
  }

  #stop(bytes: Buffer, data: Buffer, emit: Emit): void {
    this.#isOver = true;
    // Some hosts of the same API do not say why a message that is whole has ended.
    emit(eventOf("done", bytes, data, this.#isFinished ? undefined : readMessageUsage(this.#usage)));
  }

  #send(kind: StreamEventKind, bytes: Buffer, data: Buffer, emit: Emit): void {
    if (kind === "content") this.#hasContent = true;
    emit(eventOf(kind, bytes, data));
  }

  /** Ends the stream with an error. */
  fail(error: RouterError, emit: Emit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    emit(errorEvent(error));
  }

  /** Ends the stream with the error of a deployment that sent what is no event. */
  malformed(what: string, emit: Emit): void {
    const { deploymentId } = this.#source;
    this.fail(new RouterError("upstream_malformed", `Deployment ${deploymentId} sent ${what}.`, { deploymentId }), emit);
  }
}

function eventOf(kind: StreamEventKind, bytes: Buffer, data: Buffer | undefined, usage?: Usage): StreamEvent {
  return { kind, format: messagesFormat, bytes, data, usage, error: undefined };
}

/** An event with another name of the model, and its data. The same where it has that name, or none. */
function withModel(bytes: Buffer, data: Buffer, json: Buffer): readonly [Buffer, Buffer] {
  const message = scanObject(data)?.findLast(({ key }) => key === "message");
  if (message === undefined) return [bytes, data];
  const model = scanObject(data.subarray(message.valueStart, message.valueEnd))?.findLast(({ key }) => key === "model");
  if (model === undefined) return [bytes, data];
  const [start, end] = [message.valueStart + model.valueStart, message.valueStart + model.valueEnd];
  if (json.compare(data, start, end) === 0) return [bytes, data];
  const named = Buffer.concat([data.subarray(0, start), json, data.subarray(end)]);
  const dataAt = data.byteOffset - bytes.byteOffset;
  const isWithin = data.buffer === bytes.buffer && dataAt >= 0 && dataAt + data.length <= bytes.length;
  // Where the data stood in several lines, the event is written anew. A line break inside JSON is white space and may be left out.
  const head = isWithin ? bytes.subarray(0, dataAt) : Buffer.from("event: message_start\ndata: ");
  const tail = isWithin ? bytes.subarray(dataAt + data.length) : Buffer.from("\n\n");
  const own = isWithin ? named : Buffer.from(named.toString().replaceAll("\n", " "));
  const whole = Buffer.concat([head, own, tail]);
  return [whole, whole.subarray(head.length, head.length + own.length)];
}

function parsed(data: Buffer): JsonMembers | undefined {
  try {
    const value = JSON.parse(data.toString()) as JsonValue;
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
