import { endOfPlainText, endOfText, skipString } from "../../../lib/json/json-splice.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";

const textKey = '"content":"';
const noBytes: Buffer = Buffer.alloc(0);

/**
 * Knows chunks of OpenAI's streams that differ from the last one in their text alone, as nearly all do: they need not be parsed. What such a chunk says
 * beside its text was read of the last one.
 */
export class TextChunks {
  /** What stands before the text and behind it, its quotes included. */
  #before = noBytes;
  #behind = noBytes;

  /** Remembers a chunk that was parsed, where it holds one piece of text and nothing else that is read anew each time. */
  learn(data: Buffer, chunk: JsonValue): void {
    this.#before = noBytes;
    const choices = isMembers(chunk) ? chunk["choices"] : undefined;
    const choice = Array.isArray(choices) && choices.length === 1 ? (choices as readonly JsonValue[])[0] : undefined;
    if (!isMembers(choice) || !isMembers(choice["delta"]) || !saysNothing(choice)) return;
    const keys = Object.keys(choice["delta"]);
    if (keys.length !== 1 || keys[0] !== "content") return;
    const at = data.indexOf(textKey, 0, "latin1");
    const start = at + textKey.length;
    // Where another member has that name, it may be the one that differs. Within a text, a backslash stands before each quote.
    if (at === -1 || data.indexOf(textKey, start, "latin1") !== -1) return;
    // Copies, since they outlive the memory that the chunk came in.
    this.#before = Buffer.from(data.subarray(0, start));
    this.#behind = Buffer.from(data.subarray(skipString(data, start - 1) - 1));
  }

  /** The text of such a chunk; undefined for every other. */
  textOf(data: Buffer): string | undefined {
    const [before, behind] = [this.#before, this.#behind];
    const [start, end] = [before.length, data.length - behind.length];
    if (start === 0 || end <= start || before.compare(data, 0, start) !== 0 || behind.compare(data, end) !== 0) return undefined;
    if (endOfPlainText(data, start) === end) return data.toString("utf8", start, end);
    return endOfText(data, start) === end ? (JSON.parse(data.toString("utf8", start - 1, end + 1)) as string) : undefined;
  }
}

/** Whether nothing of the first answer's choice beside its delta is read. */
function saysNothing({ index, logprobs, finish_reason: reason }: JsonMembers): boolean {
  return (index ?? 0) === 0 && (logprobs ?? null) === null && (reason ?? null) === null;
}

function isMembers(value: JsonValue | undefined): value is JsonMembers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
