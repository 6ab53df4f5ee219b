import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { endOfText } from "../../../lib/json/json-splice.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

const key = Buffer.from('"text"');
const [quote, colon, space, backslash] = [0x22, 0x3a, 0x20, 0x5c];

/** What surrounds the text is some hundred bytes as a rule. */
const longestShape = 4096;

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
  readonly #after: RegExp;

  private constructor(before: Buffer, after: RegExp) {
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
    if (start === undefined || end === -1 || data.length - end + start > longestShape || data.toString("utf8", start, end) !== text)
      return undefined;
    return new ChunkShape(Buffer.from(data.subarray(0, start)), anyNumbers(data.toString("latin1", end)));
  }

  /** @returns Undefined for a chunk of another shape. */
  find(data: Buffer): TextSpan | undefined {
    const start = this.#before.length;
    if (data.length <= start || this.#before.compare(data, 0, start) !== 0) return undefined;
    const end = endOfText(data, start);
    if (end <= start || !this.#after.test(data.toString("latin1", end))) return undefined;
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

/** Matches the end of a chunk that is the same as this one but for whole numbers. */
function anyNumbers(end: string): RegExp {
  const texts = end.split(/\d+/).map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`));
  return new RegExp(`^${texts.join(String.raw`\d+`)}$`);
}
