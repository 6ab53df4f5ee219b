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

const openBracket = 0x5b;

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
    const isSplit = this.#list === undefined ? this.#events?.push(chunk, ({ data }) => read(data)) : this.#list.push(chunk, read);
    if (isSplit === false) this.#reader.fail(brokenReply(this.#target, "a chunk that is longer than any may be"), emit);
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
