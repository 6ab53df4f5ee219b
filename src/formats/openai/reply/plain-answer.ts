import type { DecodedReply, StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import type { TextCount } from "../../../core/outcome.ts";

/**
 * Answers of hosts that tell them in parts (Mistral), as OpenAI's clients read them: thinking as `reasoning_content`, texts as one text, calls of
 * tools with their type and, in streams, with their index.
 */

type Fields = Readonly<Record<string, unknown>>;

/** Reads a whole reply. @returns The reply itself where nothing in it has to change. */
export function plainReply(reply: DecodedReply): DecodedReply {
  return hasParts(reply.body) ? { ...reply, body: plain(reply.body, "message") } : reply;
}

/** Reads the events of a stream from a decoder that passes them on as they came. */
export class PlainAnswerDecoder implements StreamDecoder {
  readonly #decoder: StreamDecoder;
  /** The ids of the calls that have begun, in their order. */
  readonly #ids: string[] = [];

  constructor(decoder: StreamDecoder) {
    this.#decoder = decoder;
  }

  get heard(): TextCount | undefined {
    return this.#decoder.heard;
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    this.#decoder.push(chunk, (event) => emit(plainEvent(event, this.#indexOf)));
  }

  end(emit: (event: StreamEvent) => void): void {
    this.#decoder.end((event) => emit(plainEvent(event, this.#indexOf)));
  }

  /** The place of a call among those of the answer: a piece without an id is of the last one. */
  readonly #indexOf = ({ index, id }: Fields): number => {
    if (typeof index === "number") return index;
    if (typeof id !== "string" || id === "") return Math.max(this.#ids.length - 1, 0);
    const at = this.#ids.indexOf(id);
    return at === -1 ? this.#ids.push(id) - 1 : at;
  };
}

type IndexOf = (call: Fields) => number;

function plainEvent(event: StreamEvent, indexOf: IndexOf): StreamEvent {
  const { data, kind, format, usage, error, isFiltered } = event;
  if (data === undefined || kind === "error" || !hasParts(data)) return event;
  const json = plain(data, "delta", indexOf);
  const bytes = Buffer.concat([prefix, json, suffix]);
  const filtered = isFiltered === undefined ? {} : { isFiltered };
  return { kind, format, usage, error, ...filtered, bytes, data: bytes.subarray(prefix.length, bytes.length - suffix.length) };
}

const [prefix, suffix] = [Buffer.from("data: "), Buffer.from("\n\n")];
const [calls, list] = [Buffer.from('"tool_calls"'), /"content"\s*:\s*\[/];

/** Whether anything of it may have to change. Inside a text, the quotes of these names are escaped. */
function hasParts(json: Buffer): boolean {
  return json.includes(calls) || (json.includes('"content"') && list.test(json.toString("latin1")));
}

/**
 * @param holder The member of a choice that holds the answer, or a piece of it.
 * @param indexOf Numbers the calls of a stream. Omit it for a whole reply.
 */
function plain(json: Buffer, holder: "message" | "delta", indexOf?: IndexOf): Buffer {
  const reply = JSON.parse(json.toString()) as Fields;
  const choices = Array.isArray(reply["choices"]) ? (reply["choices"] as readonly Fields[]) : [];
  const changed = choices.map((choice) => ({ ...choice, [holder]: plainMessage(fieldsOf(choice[holder]), indexOf) }));
  return Buffer.from(JSON.stringify({ ...reply, choices: changed }));
}

function plainMessage(message: Fields, indexOf: IndexOf | undefined): Fields {
  const { content, tool_calls: told, ...rest } = message;
  const plainCalls = Array.isArray(told) ? { tool_calls: told.map((call) => plainCall(fieldsOf(call), indexOf)) } : {};
  if (!Array.isArray(content)) return { ...rest, ...(content === undefined ? {} : { content }), ...plainCalls };
  const parts = content.map(fieldsOf);
  const thoughts = parts.filter(({ type }) => type === "thinking").map(({ thinking }) => textOf(thinking));
  const texts = parts.filter(({ type }) => type !== "thinking").map(({ text }) => textOf(text));
  const reasoning = thoughts.length === 0 ? {} : { reasoning_content: thoughts.join("") };
  return { ...rest, content: texts.length === 0 && indexOf !== undefined ? null : texts.join(""), ...reasoning, ...plainCalls };
}

function plainCall(call: Fields, indexOf: IndexOf | undefined): Fields {
  return { ...(indexOf === undefined ? {} : { index: indexOf(call) }), type: "function", ...call };
}

/** A text, or the texts of a list of parts. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map((part) => textOf(fieldsOf(part)["text"])).join("") : "";
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
