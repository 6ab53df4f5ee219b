import type { Call } from "../../../core/call.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { SseSplitter } from "../../../lib/sse.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { brokenReply } from "../reply/read-content.ts";
import type { GeminiHost } from "../request/gemini-host.ts";
import { ArraySplitter } from "./array-splitter.ts";
import { ContentTranslator } from "./content-translator.ts";

type Emit = (event: StreamEvent) => void;

const [openBracket, lineFeed, carriageReturn] = [0x5b, 0x0a, 0x0d];
const dataStart = Buffer.from("data: ");

/**
 * Cuts a stream into Gemini's chunks, and has them read as OpenAI's. It may come as server-sent events, or as a JSON list from hosts that
 * know no `alt=sse`: its first byte tells.
 */
export class ContentDecoder implements StreamDecoder {
  readonly #target: ChatTarget;
  readonly #reader: ContentTranslator;
  #events: SseSplitter | undefined;
  #list: ArraySplitter | undefined;

  constructor(call: Call, headers: UpstreamHeaders, target: ChatTarget, host: GeminiHost) {
    this.#target = target;
    this.#reader = new ContentTranslator(call, headers, target, host);
  }

  get heard(): TextCount {
    return this.#reader.heard;
  }

  /** @param chunk The first one begins with what is no space. */
  push(chunk: Buffer, emit: Emit): void {
    if (this.#events === undefined && this.#list === undefined) {
      if (chunk[0] === openBracket) this.#list = new ArraySplitter();
      else this.#events = new SseSplitter();
    }
    const read = (data: Buffer | undefined): void => this.#read(data, emit);
    const rest = this.#events?.isBetweenEvents === true ? this.#readAlike(chunk, emit) : chunk;
    if (rest.length === 0) return;
    const isSplit = this.#list === undefined ? this.#events?.push(rest, ({ data }) => read(data)) : this.#list.push(rest, read);
    if (isSplit === false) this.#reader.fail(brokenReply(this.#target, "a chunk that is longer than any may be"), emit);
  }

  /** Reads the whole events that a piece begins with, as long as each is like one before. @returns What is left of the piece. */
  #readAlike(piece: Buffer, emit: Emit): Buffer {
    let at = 0;
    while (startsData(piece, at)) {
      const feed = piece.indexOf(lineFeed, at);
      if (feed === -1) break;
      const end = piece[feed - 1] === carriageReturn ? feed - 1 : feed;
      const blank = piece[feed + 1] === carriageReturn ? feed + 2 : feed + 1;
      if (piece[blank] !== lineFeed || !this.#reader.readAlike(piece.subarray(at + dataStart.length, end), emit)) break;
      at = blank + 1;
    }
    return at === 0 ? piece : piece.subarray(at);
  }

  end(emit: Emit): void {
    this.#events?.end(({ data }) => this.#read(data, emit));
    if (this.#list?.isWithin === true) this.#reader.fail(brokenReply(this.#target, "a stream that was cut"), emit);
    this.#reader.end(emit);
  }

  #read(data: Buffer | undefined, emit: Emit): void {
    if (data === undefined || this.#reader.readAlike(data, emit)) return;
    const text = data.toString();
    // Gateways that know OpenAI's streams end Gemini's in the same way.
    if (text === "[DONE]") return;
    let chunk: JsonValue;
    try {
      chunk = parseExact(text) as JsonValue;
    } catch {
      this.#reader.fail(brokenReply(this.#target, "a chunk that is no JSON"), emit);
      return;
    }
    for (const one of Array.isArray(chunk) ? (chunk as readonly JsonValue[]) : [chunk]) {
      if (typeof one === "object" && one !== null && !Array.isArray(one)) this.#reader.read(one as JsonMembers, data, emit);
    }
  }
}

function startsData(piece: Buffer, at: number): boolean {
  if (at + dataStart.length > piece.length) return false;
  for (let index = 0; index < dataStart.length; index++) if (piece[at + index] !== dataStart[index]) return false;
  return true;
}
