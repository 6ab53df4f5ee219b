import type { Call } from "../../../core/call.ts";
import type { AnswerContext } from "../../../core/format.ts";
import type { PinnedIds } from "../../../core/pinned-ids.ts";
import type { DecodedReply, StreamEvent } from "../../../core/provider.ts";
import { locateMembers, skipSpace, skipString, skipValue } from "../../../lib/json/json-splice.ts";
import { AnswerIds } from "./own-ids.ts";

/** A range of the bytes, and what stands there instead. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What a caller gets of a reply in its own format: the deployment's bytes, but for the ids and the name of the model. */
export function writeNativeReply({ body }: DecodedReply, call: Call, { deploymentId, ids }: AnswerContext): Buffer {
  if (body.length === 0) return body;
  const editor = new AnswerEditor(new AnswerIds(ids, deploymentId, call), call.model);
  editor.response(body, 0);
  return editor.apply(body, 0, body.length);
}

/** The same for the events of one stream. */
export class NativeEventWriter {
  readonly #call: Call;
  readonly #ids: PinnedIds;
  #editor: AnswerEditor | undefined;

  constructor(call: Call, ids: PinnedIds) {
    this.#call = call;
    this.#ids = ids;
  }

  begin(deploymentId: string): void {
    this.#editor = new AnswerEditor(new AnswerIds(this.#ids, deploymentId, this.#call), this.#call.model);
  }

  /** @returns Undefined for the end, which nothing is sent for. */
  write(event: StreamEvent): Buffer | undefined {
    const { bytes, data } = event;
    const editor = this.#editor;
    if (bytes.length === 0) return undefined;
    if (event.parts !== undefined && editor !== undefined) {
      return editor.pieces(bytes) ?? Buffer.concat(event.parts().map((part) => this.write(part) ?? noBytes));
    }
    if (data === undefined || data.length === 0 || editor === undefined) return bytes;
    const piece = editor.piece(bytes);
    if (piece !== undefined) return piece;
    editor.event(data);
    if (!editor.hasEdits) return bytes;
    const at = data.byteOffset - bytes.byteOffset;
    if (data.buffer === bytes.buffer && at >= 0 && at + data.length <= bytes.length) {
      if (isPiece(data)) editor.learn(data, at);
      return editor.apply(bytes, at, bytes.length);
    }
    // The data stood in several lines, so the event is written anew. A line break inside JSON is white space and may be left out.
    const name = /^event:.*$/m.exec(bytes.toString("latin1"))?.[0];
    const json = editor.apply(data, 0, data.length).toString().replaceAll("\n", " ");
    return Buffer.from(`${name === undefined ? "" : `${name}\n`}data: ${json}\n\n`);
  }
}

const eventKeys = ["response", "item", "item_id"] as const;
const eventSpans = new Int32Array(eventKeys.length * 2);
const responseKeys = [
  "id",
  "model",
  "previous_response_id",
  "conversation",
  "output",
  "data",
  "first_id",
  "last_id",
  "encrypted_content",
] as const;
const itemKeys = ["id", "encrypted_content"] as const;
const deltaMark = '.delta"';
const itemId = '"item_id"';
const itemIdStart = '"item_id":"';
const noBytes: Buffer = Buffer.alloc(0);
const [quote, openBrace, openBracket, comma, colon] = [0x22, 0x7b, 0x5b, 0x2c, 0x3a];

function isPiece(data: Buffer): boolean {
  return data.subarray(0, 80).includes(deltaMark);
}

function standsAt(bytes: Buffer, text: Buffer, at: number): boolean {
  const end = at + text.length;
  return end <= bytes.length && bytes[end - 2] === text[text.length - 2] && text.compare(bytes, at, end) === 0;
}

/** Finds what has to be changed in an answer, without parsing it. */
class AnswerEditor {
  readonly #ids: AnswerIds;
  readonly #modelJson: string;
  #edits: Edit[] = [];
  /** Where the last piece of text named its item, how, and what that becomes: nearly all others do so in the same place. */
  #pieceAt = -1;
  #pieceId = noBytes;
  #pieceSealed = noBytes;
  /** The id that was sealed last, as JSON without quotes, and what it becomes. */
  #lastId = "";
  #lastSealed = "";

  constructor(ids: AnswerIds, model: string) {
    this.#ids = ids;
    this.#modelJson = JSON.stringify(model);
  }

  get hasEdits(): boolean {
    return this.#edits.length > 0;
  }

  event(data: Buffer): void {
    // Pieces of text come by the hundred, and name nothing but their item.
    if (isPiece(data)) {
      const at = data.indexOf(itemId, 0, "latin1");
      const start = at === -1 ? -1 : skipSpace(data, at + itemId.length);
      if (start !== -1 && data[start] === colon) this.#id(data, skipSpace(data, start + 1));
      return;
    }
    if (locateMembers(data, eventKeys, eventSpans) === -1) return;
    const [response = -1, responseEnd = -1, item = -1, itemEnd = -1, id = -1] = eventSpans;
    if (response !== -1) this.response(data.subarray(response, responseEnd), response);
    if (item !== -1) this.#item(data.subarray(item, itemEnd), item);
    if (id !== -1) this.#id(data, id);
  }

  /** Remembers the piece of text at hand. @param dataAt Where its data begins in its event. */
  learn(data: Buffer, dataAt: number): void {
    const [edit] = this.#edits;
    const at = edit === undefined ? -1 : data.indexOf(itemIdStart, 0, "latin1");
    if (edit === undefined || at === -1 || at + itemIdStart.length !== edit.start) return;
    this.#pieceAt = at + dataAt;
    this.#pieceId = Buffer.from(data.subarray(at, edit.end + 1));
    this.#pieceSealed = Buffer.from(`${itemIdStart}${edit.text}"`);
  }

  /** An event that names the same item in the same place as the last piece of text, or a byte further on; undefined for every other. */
  piece(bytes: Buffer): Buffer | undefined {
    const id = this.#pieceId;
    if (id.length === 0) return undefined;
    // The number before it grows by a digit now and then.
    const at = standsAt(bytes, id, this.#pieceAt) ? this.#pieceAt : this.#pieceAt + 1;
    if (at !== this.#pieceAt && !standsAt(bytes, id, at)) return undefined;
    this.#pieceAt = at;
    const sealed = this.#pieceSealed;
    const whole = Buffer.allocUnsafe(bytes.length - id.length + sealed.length);
    bytes.copy(whole, 0, 0, at);
    sealed.copy(whole, at);
    bytes.copy(whole, at + sealed.length, at + id.length);
    return whole;
  }

  /** The same of pieces of text that came together and name the same item; undefined where it is another one than that of the last. */
  pieces(bytes: Buffer): Buffer | undefined {
    const id = this.#pieceId;
    if (id.length === 0) return undefined;
    const sealed = this.#pieceSealed;
    let at = bytes.indexOf(id);
    if (at === -1) return undefined;
    const kept: Buffer[] = [];
    let done = 0;
    // No text holds these bytes: there, a backslash stands before each quote.
    for (; at !== -1; at = bytes.indexOf(id, done)) {
      kept.push(bytes.subarray(done, at), sealed);
      done = at + id.length;
    }
    kept.push(bytes.subarray(done));
    return Buffer.concat(kept);
  }

  /** @param offset Where the text begins in the whole. */
  response(text: Buffer, offset: number): void {
    if (text[skipSpace(text, 0)] !== openBrace) return;
    const spans = new Int32Array(responseKeys.length * 2);
    if (locateMembers(text, responseKeys, spans) === -1) return;
    for (const [index, key] of responseKeys.entries()) {
      const [start = -1, end = -1] = [spans[index * 2], spans[index * 2 + 1]];
      if (start === -1) continue;
      switch (key) {
        case "model":
          if (text[start] === quote) this.#edits.push({ start: start + offset, end: end + offset, text: this.#modelJson });
          break;
        case "output":
        case "data":
          this.#items(text, start, offset);
          break;
        case "conversation":
          if (text[start] === openBrace) this.#item(text.subarray(start, end), start + offset);
          else this.#id(text, start, offset);
          break;
        case "encrypted_content":
          this.#mark(text, start, offset);
          break;
        default:
          this.#id(text, start, offset);
      }
    }
  }

  #items(text: Buffer, start: number, offset: number): void {
    if (text[start] !== openBracket) return;
    let at = skipSpace(text, start + 1);
    while (text[at] === openBrace) {
      const end = skipValue(text, at);
      if (end === at) return;
      this.#item(text.subarray(at, end), at + offset);
      at = skipSpace(text, end);
      if (text[at] !== comma) return;
      at = skipSpace(text, at + 1);
    }
  }

  #item(text: Buffer, offset: number): void {
    if (text[skipSpace(text, 0)] !== openBrace) return;
    const spans = new Int32Array(itemKeys.length * 2);
    if (locateMembers(text, itemKeys, spans) === -1) return;
    const [id = -1, , content = -1] = spans;
    if (id !== -1) this.#id(text, id, offset);
    if (content !== -1) this.#mark(text, content, offset);
  }

  #id(text: Buffer, start: number, offset = 0): void {
    if (text[start] !== quote) return;
    const end = skipString(text, start) - 1;
    const id = text.toString("utf8", start + 1, end);
    if (id !== this.#lastId) {
      this.#lastId = id;
      // No id has characters that JSON escapes; one that does is left alone.
      this.#lastSealed = id.includes("\\") ? id : this.#ids.seal(id);
    }
    if (this.#lastSealed !== id) this.#edits.push({ start: start + 1 + offset, end: end + offset, text: this.#lastSealed });
  }

  /** Says of encrypted reasoning who can read it. */
  #mark(text: Buffer, start: number, offset: number): void {
    if (text[start] !== quote || text[start + 1] === quote) return;
    this.#edits.push({ start: start + 1 + offset, end: start + 1 + offset, text: this.#ids.mark });
  }

  /** @param at Where what was looked at begins in the bytes. */
  apply(bytes: Buffer, at: number, length: number): Buffer {
    const edits = this.#edits.sort((one, other) => one.start - other.start);
    this.#edits = [];
    if (edits.length === 0) return bytes;
    const pieces: Buffer[] = [];
    let done = 0;
    for (const { start, end, text } of edits) {
      pieces.push(bytes.subarray(done, start + at), Buffer.from(text));
      done = end + at;
    }
    pieces.push(bytes.subarray(done, length));
    return Buffer.concat(pieces);
  }
}
