import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { DecodedReply, StreamEvent } from "../../../core/provider.ts";
import type { ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { readReply } from "../reply/read-reply.ts";
import { OpenAiStreamDecoder } from "./stream-decoder.ts";

const openBrace = 0x7b;
const eventStart = /^\s*(?:data|event|id|retry)?:/;

type Fields = Record<string, unknown>;

/** Reads a whole reply by its bytes: JSON, also behind a byte order mark, or a stream, which is put together. */
export function readUnlabelledReply(call: Call, source: ErrorSource, body: Buffer): DecodedReply | RouterError {
  if (body[0] === openBrace) return readReply(call, source, body);
  const plain = withoutMark(body);
  if (call.endpoint === "embeddings" || !eventStart.test(plain.toString("latin1", 0, 64))) return readReply(call, source, plain);
  const together = putTogether(call, source, plain);
  return together instanceof RouterError ? together : readReply(call, source, together);
}

/** A body without the byte order mark that some servers put before it. */
export function withoutMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

/** The whole reply that a stream's chunks add up to. */
function putTogether(call: Call, source: ErrorSource, body: Buffer): Buffer | RouterError {
  const reply: Fields = { object: call.endpoint === "chat" ? "chat.completion" : "text_completion" };
  const choices = new Map<number, Fields>();
  let failure: RouterError | undefined;
  let isWhole = false;
  const hear = (event: StreamEvent): void => {
    for (const one of event.parts?.() ?? [event]) {
      failure ??= one.error;
      isWhole ||= one.kind === "done" || one.kind === "finish";
      if (one.kind !== "error" && one.kind !== "other" && one.data !== undefined) addChunk(reply, choices, one.data);
    }
  };
  const decoder = new OpenAiStreamDecoder(call, source);
  decoder.push(body, hear);
  decoder.end(hear);
  if (failure !== undefined) return failure;
  if (!isWhole) {
    const { deploymentId } = source;
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a stream that ends too early.`, { deploymentId });
  }
  reply["choices"] = [...choices.values()];
  return Buffer.from(JSON.stringify(reply));
}

function addChunk(reply: Fields, choices: Map<number, Fields>, data: Buffer): void {
  const { choices: list, object: _object, ...shared } = JSON.parse(data.toString()) as Fields;
  for (const [key, value] of Object.entries(shared)) if (value !== null || !(key in reply)) reply[key] = value;
  if (!Array.isArray(list)) return;
  for (const part of list as readonly Fields[]) addChoice(choices, part);
}

function addChoice(choices: Map<number, Fields>, { index = 0, delta, text, logprobs, ...rest }: Fields): void {
  const choice = choices.get(index as number) ?? { index };
  choices.set(index as number, choice);
  for (const [key, value] of Object.entries(rest)) if (value !== null || !(key in choice)) choice[key] = value;
  if (typeof text === "string") choice["text"] = `${(choice["text"] as string | undefined) ?? ""}${text}`;
  if (typeof delta === "object" && delta !== null) {
    choice["message"] = add((choice["message"] as Fields | undefined) ?? { role: "assistant", content: null }, delta as Fields);
  }
  if (typeof logprobs === "object" && logprobs !== null)
    choice["logprobs"] = add((choice["logprobs"] as Fields | undefined) ?? {}, logprobs as Fields);
}

/** What is said once, and not piece by piece. */
const saidOnce: ReadonlySet<string> = new Set(["role", "id", "type", "name"]);

/** Adds a delta to what is there: texts grow, lists with an `index` are joined by it, other lists grow, and what is named once stays. */
function add(whole: Fields, delta: Fields): Fields {
  for (const [key, value] of Object.entries(delta)) {
    if (key === "index" || value === null || value === undefined) continue;
    const before = whole[key];
    if (typeof value === "string") whole[key] = typeof before === "string" && !saidOnce.has(key) ? before + value : value;
    else if (Array.isArray(value)) whole[key] = addToList(Array.isArray(before) ? (before as unknown[]) : [], value as readonly unknown[]);
    else if (typeof value === "object")
      whole[key] = add(typeof before === "object" && before !== null ? (before as Fields) : {}, value as Fields);
    else whole[key] = value;
  }
  return whole;
}

function addToList(list: unknown[], added: readonly unknown[]): unknown[] {
  for (const item of added) {
    const at = (item as { readonly index?: unknown } | null)?.index;
    if (typeof at !== "number" || !Number.isInteger(at) || at < 0 || at > list.length) list.push(item);
    else list[at] = add((list[at] as Fields | undefined) ?? {}, item as Fields);
  }
  return list;
}
