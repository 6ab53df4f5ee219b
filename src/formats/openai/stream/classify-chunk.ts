import type { Usage } from "../../../core/outcome.ts";
import type { ChunkSpans } from "./chunk-spans.ts";
import { readUsage } from "../usage/read-usage.ts";

/** What the data of one stream event is. The kinds are those of `StreamEvent`. */
export type ChunkClass =
  | { readonly kind: "content" | "preamble" | "finish"; readonly usage: Usage | undefined }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "malformed" }
  | { readonly kind: "other" };

const plainContent: ChunkClass = { kind: "content", usage: undefined };

/**
 * Tells what kind of event a chunk is, and reads its usage.
 * @param spans Where the chunk's members stand.
 * @param name The event's name, where the provider gave it one.
 */
export function classifyChunk(data: Buffer, spans: ChunkSpans, name: string | undefined): ChunkClass {
  return name === undefined && isPlainContent(data, spans) ? plainContent : classifyParsed(data, name);
}

/**
 * Nearly all chunks of a stream carry a piece of text and nothing else of interest. A search among the choices tells them, for bytes that can
 * stand there only as a key with its value: inside a JSON string, the quotes would be escaped. When in doubt, the answer is no and the chunk
 * is parsed.
 */
function isPlainContent(data: Buffer, spans: ChunkSpans): boolean {
  if (!spans.has("choices") || spans.has("error") || spans.has("x_groq")) return false;
  // Many providers send `null` until the end.
  if (spans.has("usage") && data[spans.start("usage")] !== letterN) return false;
  const choices = data.toString("latin1", spans.start("choices"), spans.end("choices"));
  // Some hosts send the finish reason with the last word.
  if (choices.includes('"finish_reason":"')) return false;
  return hasText(choices, '"content":"') || hasText(choices, '"reasoning_content":"');
}

const letterN = 0x6e;

function hasText(text: string, key: string): boolean {
  const at = text.indexOf(key);
  return at > 0 && text[at - 1] !== "\\" && text[at + key.length] !== '"';
}

type Fields = Readonly<Record<string, unknown>>;

function classifyParsed(data: Buffer, name: string | undefined): ChunkClass {
  let value: unknown;
  try {
    value = JSON.parse(data.toString()) as unknown;
  } catch {
    // A named event may be anything, but an error is an error in any spelling.
    if (name === "error") return { kind: "error", error: data.toString() };
    return name === undefined ? { kind: "malformed" } : { kind: "other" };
  }
  const chunk = asFields(value);
  if (chunk === undefined) return name === "error" ? { kind: "error", error: value } : { kind: "other" };
  if (name === "error" || (chunk["error"] !== undefined && chunk["error"] !== null) || chunk["object"] === "error") {
    return { kind: "error", error: value };
  }
  const { choices } = chunk;
  if (!Array.isArray(choices)) return { kind: "other" };
  // Groq puts the usage under a name of its own unless it was asked for.
  const usage = readUsage(chunk["usage"]) ?? readUsage(asFields(chunk["x_groq"])?.["usage"]);
  const known = choices.map(asFields).filter((choice) => choice !== undefined);
  if (known.some(hasFinished)) return { kind: "finish", usage };
  if (known.some(hasContent)) return { kind: "content", usage };
  // The usage comes alone after the end, but some hosts send it with every chunk, which is no end.
  return { kind: usage !== undefined && choices.length === 0 ? "finish" : "preamble", usage };
}

function hasFinished(choice: Fields): boolean {
  const reason = choice["finish_reason"];
  return typeof reason === "string" && reason !== "";
}

/** The fields of a delta that a reader of the answer would see. */
const contentFields = [
  "content",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "tool_calls",
  "function_call",
  "refusal",
  "audio",
  "images",
];

function hasContent(choice: Fields): boolean {
  if (isFilled(choice["text"])) return true;
  // A host that answers in one piece may send a whole message instead of a delta.
  const delta = asFields(choice["delta"]) ?? asFields(choice["message"]);
  return delta !== undefined && contentFields.some((field) => isFilled(delta[field]));
}

function isFilled(value: unknown): boolean {
  if (typeof value === "string" || Array.isArray(value)) return value.length > 0;
  return typeof value === "object" && value !== null;
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
