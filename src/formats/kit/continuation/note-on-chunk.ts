import type { JsonMembers, StreamEvent } from "../../../core/provider.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";

/**
 * Adds a note at the end of a chunk as its member `huntgroup`, or to the note that it has.
 * @returns The event itself where its data is no JSON object.
 */
export function noteOnChunk(event: StreamEvent, note: JsonMembers): StreamEvent {
  const { data } = event;
  const chunk = fieldsOf(data === undefined ? undefined : parse(data));
  if (data === undefined || chunk === undefined) return event;
  const value = Buffer.from(JSON.stringify({ ...fieldsOf(chunk["huntgroup"]), ...note }));
  const noted = Buffer.concat(spliceObject({ bytes: data, members: scanMembers(data) }, { set: new Map([["huntgroup", value]]) }));
  const at = event.bytes.indexOf(data);
  // Data that stood in several lines is written as one line.
  const [head, tail] = at === -1 ? ["data: ", "\n\n"] : [event.bytes.subarray(0, at), event.bytes.subarray(at + data.length)];
  return { ...event, data: noted, bytes: Buffer.concat([Buffer.from(head), noted, Buffer.from(tail)]) };
}

function parse(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}
