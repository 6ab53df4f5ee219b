import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { endOfText } from "../../../lib/json/json-splice.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

const key = Buffer.from('"text"');
const [quote, colon, space, zero, nine, backslash] = [0x22, 0x3a, 0x20, 0x30, 0x39, 0x5c];

/** Where the text of a chunk stands in its bytes. */
export interface TextSpan {
  /** Behind the opening quote. */
  readonly start: number;
  /** At the closing one. */
  readonly end: number;
  /** Whether it holds an escape. */
  readonly isEscaped: boolean;
}

/**
 * What surrounds the text in chunks of one stream that hold nothing but a piece of the answer and the usage so far. It is learned from a
 * chunk that was parsed; the next that differs from that one in its text and in numbers alone need not be parsed.
 */
export class ChunkShape {
  readonly #before: Buffer;
  readonly #after: Buffer;

  private constructor(before: Buffer, after: Buffer) {
    this.#before = before;
    this.#after = after;
  }

  /**
   * @param data A chunk of a stream with one answer.
   * @param chunk The same, parsed.
   * @returns Undefined where it holds anything else, or something that cannot be told from its shape.
   */
  static learn(data: Buffer, chunk: JsonMembers): ChunkShape | undefined {
    const text = onlyText(chunk);
    if (text === undefined) return undefined;
    const start = startOf(data);
    const end = start === undefined ? -1 : endOfText(data, start);
    if (start === undefined || end === -1 || data.toString("utf8", start, end) !== text) return undefined;
    return new ChunkShape(Buffer.from(data.subarray(0, start)), Buffer.from(data.subarray(end)));
  }

  /** @returns Undefined for a chunk of another shape. */
  find(data: Buffer): TextSpan | undefined {
    const start = this.#before.length;
    if (data.length <= start || this.#before.compare(data, 0, start) !== 0) return undefined;
    const end = endOfText(data, start);
    if (end <= start || !isSameButNumbers(this.#after, data, end)) return undefined;
    const escape = data.indexOf(backslash, start);
    return { start, end, isEscaped: escape !== -1 && escape < end };
  }
}

/** The text that is all that a chunk holds besides the usage and what is the same in each; undefined where it holds more. */
function onlyText({ candidates, usageMetadata: _usage, modelVersion: _model, responseId: _id, createTime: _time, ...others }: JsonMembers) {
  const [candidate, ...further] = Array.isArray(candidates) ? (candidates as readonly JsonValue[]) : [];
  if (!isMembers(candidate) || further.length > 0 || Object.keys(others).length > 0) return undefined;
  const { content, index: _index, ...more } = candidate;
  const parts = isMembers(content) ? content["parts"] : undefined;
  const [part, ...rest] = Array.isArray(parts) ? (parts as readonly JsonValue[]) : [];
  if (!isMembers(part) || rest.length > 0 || Object.keys(more).length > 0 || Object.keys(part).length !== 1) return undefined;
  const { text } = part;
  return typeof text === "string" && text !== "" ? text : undefined;
}

function startOf(data: Buffer): number | undefined {
  let at = data.indexOf(key) + key.length;
  if (at < key.length) return undefined;
  while (data[at] === space) at++;
  if (data[at++] !== colon) return undefined;
  while (data[at] === space) at++;
  return data[at] === quote ? at + 1 : undefined;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}

/** Whether the end of a chunk is the same as that of another but for whole numbers. */
function isSameButNumbers(known: Buffer, data: Buffer, from: number): boolean {
  let [at, there] = [0, from];
  while (at < known.length && there < data.length) {
    if (isDigit(known[at])) {
      if (!isDigit(data[there])) return false;
      while (isDigit(known[at])) at++;
      while (isDigit(data[there])) there++;
    } else {
      if (known[at] !== data[there]) return false;
      at++;
      there++;
    }
  }
  return at === known.length && there === data.length;
}
