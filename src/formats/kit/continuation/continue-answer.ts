import type { Call } from "../../../core/call.ts";
import type { BegunAnswer, StreamEvent } from "../../../core/provider.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";
import { openAiBody } from "../openai-body.ts";
import { RouterError } from "../../../core/errors.ts";
import { noteOnChunk } from "./note-on-chunk.ts";

/** What all chunks of a stream have in common. */
const idKeys = ["id", "created", "system_fingerprint"] as const;

const doneEvent = Buffer.from("data: [DONE]\n\n");

/** Makes the chunks of an answer that goes on fit the stream that began: see `ResumedAnswer.continued`. */
export function continueAnswer(call: Call, begun: BegunAnswer): (event: StreamEvent) => readonly StreamEvent[] {
  const ids = new Map<string, Buffer>();
  const first = parse(begun.sample);
  for (const key of idKeys) if (first?.[key] !== undefined) ids.set(key, Buffer.from(JSON.stringify(first[key])));
  const stops = stopSequences(call);
  const longest = Math.max(0, ...stops.map((stop) => stop.length));
  const tail = longest > 1 ? begun.text.slice(1 - longest) : "";
  /** What came since, as long as a stop sequence may reach over the cut. */
  let since: string | undefined = tail === "" ? undefined : "";

  const withIds = (event: StreamEvent): StreamEvent => {
    const chunk = parse(event.data);
    if (chunk === undefined) return event;
    const set = new Map(ids);
    const usage = fieldsOf(chunk["usage"]);
    if (usage !== undefined) set.set("usage", Buffer.from(JSON.stringify(wholeUsage(usage, begun))));
    return set.size === 0 ? event : withMembers(event, set);
  };

  const isStopped = (event: StreamEvent): boolean => {
    const text = since === undefined ? undefined : deltaOf(event);
    if (text === undefined || since === undefined) return false;
    since += text;
    const joined = tail + since;
    if (stops.some((stop) => (from(joined, stop) ?? tail.length) < tail.length)) return true;
    if (since.length >= longest) since = undefined;
    return false;
  };

  return (event) => {
    if (event.kind === "content") {
      return (event.parts?.() ?? [event]).flatMap((part): StreamEvent[] =>
        isStopped(part) ? stopped(withIds(part), begun) : [withIds(part)],
      );
    }
    if (event.kind !== "finish") return [event];
    return [noteOnChunk(withIds(event), { resumed_from: begun.from, deployment: begun.by })];
  };
}

/** Where a text first holds another. */
function from(text: string, part: string): number | undefined {
  const at = text.indexOf(part);
  return at === -1 ? undefined : at;
}

/** The end of an answer whose stop sequence began before the cut: no deployment could see the whole of it. */
function stopped(event: StreamEvent, { from: resumed_from, by: deployment }: BegunAnswer): StreamEvent[] {
  const choices = Buffer.from(JSON.stringify([{ index: 0, delta: {}, finish_reason: "stop" }]));
  const last = noteOnChunk(withMembers(event, new Map([["choices", choices]])), { resumed_from, deployment });
  const done: StreamEvent = { kind: "done", format: event.format, bytes: doneEvent, data: undefined, usage: undefined, error: undefined };
  return [{ ...last, kind: "finish" }, done];
}

/** The usage of all attempts. Those that were cut told none: they read the same prompt, and each piece was a token. */
function wholeUsage(usage: Fields, { pieces, cuts }: BegunAnswer): Fields {
  const prompt = Number(usage["prompt_tokens"] ?? 0);
  const promptTokens = prompt + cuts * Math.max(prompt - pieces, 0);
  const outputTokens = Number(usage["completion_tokens"] ?? 0) + pieces;
  return { ...usage, prompt_tokens: promptTokens, completion_tokens: outputTokens, total_tokens: promptTokens + outputTokens };
}

function withMembers(event: StreamEvent, set: ReadonlyMap<string, Buffer>): StreamEvent {
  const { data, kind, format, usage, error } = event;
  if (data === undefined) return event;
  const edited = Buffer.concat(spliceObject({ bytes: data, members: scanMembers(data) }, { set }));
  const bytes = Buffer.concat([Buffer.from("data: "), edited, Buffer.from("\n\n")]);
  return { kind, format, usage, error, data: bytes.subarray(6, bytes.length - 2), bytes };
}

function stopSequences(call: Call): readonly string[] {
  const body = openAiBody(call);
  if (body instanceof RouterError) return [];
  const member = body.members.findLast(({ key }) => key === "stop");
  if (member === undefined) return [];
  const stop: unknown = JSON.parse(body.bytes.toString("utf8", member.valueStart, member.valueEnd));
  return (Array.isArray(stop) ? stop : [stop]).filter((one): one is string => typeof one === "string" && one !== "");
}

function deltaOf(event: StreamEvent): string | undefined {
  const choices = parse(event.data)?.["choices"];
  const content = Array.isArray(choices) ? fieldsOf(fieldsOf(choices[0])?.["delta"])?.["content"] : undefined;
  return typeof content === "string" ? content : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function parse(data: Buffer | undefined): Fields | undefined {
  try {
    return data === undefined ? undefined : fieldsOf(JSON.parse(data.toString()));
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
