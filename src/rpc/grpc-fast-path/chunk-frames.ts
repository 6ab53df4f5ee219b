import { ChatCompletionStreamResponseSchema } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { RouterError } from "../../core/errors.ts";
import { findTextHoles } from "../../formats/openai/stream/text-holes.ts";
import { FrameTemplate } from "../protobuf-json/frame-template.ts";
import { replyFrame } from "./reply-frame.ts";

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
    const holes = findTextHoles(data, 0);
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
