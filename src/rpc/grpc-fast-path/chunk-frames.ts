import { ChatCompletionStreamResponseSchema } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { RouterError } from "../../core/errors.ts";
import { skipString } from "../../lib/json/json-splice.ts";
import { FrameTemplate, type Hole } from "../protobuf-json/frame-template.ts";
import { replyFrame } from "./reply-frame.ts";

/** The strings that differ from one chunk of a stream to the next. Inside of another text they would have a backslash before their quotes. */
const textKeys = ['"content":"', '"reasoning_content":"', '"reasoning":"', '"arguments":"'];
/** A string that differs beside any of these: OpenAI adds it against eavesdroppers, who could tell texts by their lengths. */
const paddingKey = '"obfuscation":"';

/** After so many templates in a row that no chunk fitted, no more are made: this stream's chunks differ in other ways. */
const mostUselessTemplates = 4;

/** Turns the chunks of one stream into messages in their envelopes. Chunks that differ in their text alone are not parsed. */
export class ChunkFrames {
  #template: FrameTemplate | undefined;
  #useless = 0;

  /** @param data One chunk's JSON. @returns Its message, or why it has none. */
  frameOf(data: Buffer): Buffer | RouterError {
    const frame = this.#template?.write(data);
    if (frame === undefined) return this.#learn(data) ?? replyFrame(ChatCompletionStreamResponseSchema, data);
    this.#useless = 0;
    return frame;
  }

  /** Makes a template of a chunk. @returns The chunk's own message, where there is one to be made. */
  #learn(data: Buffer): Buffer | undefined {
    if (this.#useless === mostUselessTemplates) return undefined;
    const holes = holesOf(data);
    const template = holes.length === 0 ? undefined : FrameTemplate.learn(data, holes, messageOf);
    if (template === undefined) return undefined;
    this.#template = template;
    this.#useless++;
    return template.write(data);
  }
}

/** @param data JSON. */
function messageOf(data: Buffer): Buffer | undefined {
  const frame = replyFrame(ChatCompletionStreamResponseSchema, data);
  return frame instanceof RouterError ? undefined : frame.subarray(5);
}

function holesOf(data: Buffer): readonly Hole[] {
  let text: Hole | undefined;
  for (const key of textKeys) text ??= holeAt(data, key);
  if (text === undefined) return [];
  const padding = holeAt(data, paddingKey);
  if (padding === undefined) return [text];
  return padding.start < text.start ? [padding, text] : [text, padding];
}

/** The first string of this key that is not empty. */
function holeAt(data: Buffer, key: string): Hole | undefined {
  const at = data.indexOf(key, 0, "latin1");
  if (at === -1) return undefined;
  const start = at + key.length;
  const end = skipString(data, start - 1) - 1;
  return end > start && end < data.length ? { start, end } : undefined;
}
