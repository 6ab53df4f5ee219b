import type { Call } from "../../../../core/call.ts";
import type { TextCount } from "../../../../core/outcome.ts";
import type { StreamDecoder, StreamEvent } from "../../../../core/provider.ts";
import { endOfPlainText, scanObject, spliceObject } from "../../../../lib/json/json-splice.ts";
import { type Frame, FrameDecoder } from "../../../kit/event-stream/frame-decoder.ts";
import type { ErrorSource } from "../../../kit/upstream-errors/classify-error.ts";
import { frameError } from "../../../kit/upstream-errors/frame-error.ts";
import { MessageEvents } from "./message-events.ts";
import { MessageEventDecoder } from "./message-event-decoder.ts";

type Emit = (event: StreamEvent) => void;

/** How the messages that hold an event begin, and what stands before an event's name in its JSON. */
const [payloadStart, typeStart] = [Buffer.from('{"bytes":"'), Buffer.from('{"type":"')];
/** What AWS adds to the last event, beside what is Anthropic's. */
const metrics = "amazon-bedrock-invocationMetrics";
const withoutMetrics: ReadonlySet<string> = new Set([metrics]);
const [beforeName, beforeData, behindData] = [Buffer.from("event: "), Buffer.from("\ndata: "), Buffer.from("\n\n")];

/** Takes Anthropic's events out of AWS's framing, in which each stands in base64, and frames them as Anthropic does. */
export class FramedMessageEvents implements StreamDecoder {
  readonly #call: Call;
  readonly #source: ErrorSource;
  readonly #frames = new FrameDecoder();
  readonly #decoder: MessageEventDecoder;
  /** Reports what is wrong with the frames themselves. */
  readonly #faults: MessageEvents;

  constructor(call: Call, source: ErrorSource) {
    this.#call = call;
    this.#source = source;
    this.#decoder = new MessageEventDecoder(call, source);
    this.#faults = new MessageEvents(call, source);
  }

  get heard(): TextCount {
    return this.#decoder.heard;
  }

  push(chunk: Buffer, emit: Emit): void {
    if (this.#faults.isOver) return;
    const fault = this.#frames.push(chunk, (frame) => this.#read(frame, emit));
    if (fault !== undefined) this.#faults.malformed(fault, emit);
  }

  end(emit: Emit): void {
    if (!this.#faults.isOver) this.#decoder.end(emit);
  }

  #read(frame: Frame, emit: Emit): void {
    if (this.#faults.isOver || this.#decoder.isOver) return;
    if (frame.messageType !== "event") {
      this.#faults.fail(frameError(this.#source, frame, this.#call), emit);
      return;
    }
    // What else AWS may come to send is none of the answer.
    if (frame.name !== "chunk") return;
    const event = eventIn(frame.payload);
    if (event === undefined) this.#faults.malformed("a message that holds no event", emit);
    else this.#decoder.push(event, emit);
  }
}

/** The event that a message holds, as Anthropic frames it. Undefined where it holds none. */
function eventIn(payload: Buffer): Buffer | undefined {
  const base64 = base64In(payload);
  if (base64 === undefined) return undefined;
  let json = Buffer.from(base64, "base64");
  if (json.includes(metrics, 0, "latin1")) {
    json = Buffer.concat(spliceObject({ bytes: json, members: scanObject(json) ?? [] }, { remove: withoutMetrics }));
  }
  const name = nameIn(json);
  // A line break would end the data. Inside JSON it is white space.
  if (json.includes(0x0a) || json.includes(0x0d)) json = Buffer.from(json.toString().replaceAll(/[\r\n]/g, " "));
  return name === undefined ? undefined : Buffer.concat([beforeName, name, beforeData, json, behindData]);
}

function base64In(payload: Buffer): string | undefined {
  const start = payloadStart.length;
  if (payload.length > start && payloadStart.compare(payload, 0, start) === 0) {
    const end = endOfPlainText(payload, start);
    if (end !== -1) return payload.toString("latin1", start, end);
  }
  return textAt(payload, "bytes");
}

function nameIn(json: Buffer): Buffer | undefined {
  const start = typeStart.length;
  if (json.length > start && typeStart.compare(json, 0, start) === 0) {
    const end = endOfPlainText(json, start);
    if (end !== -1) return json.subarray(start, end);
  }
  const name = textAt(json, "type");
  return name === undefined || /[\r\n]/.test(name) ? undefined : Buffer.from(name);
}

function textAt(json: Buffer, key: string): string | undefined {
  const member = scanObject(json)?.findLast((one) => one.key === key);
  if (member === undefined) return undefined;
  try {
    const value = JSON.parse(json.toString("utf8", member.valueStart, member.valueEnd)) as unknown;
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
