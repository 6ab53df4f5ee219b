import type { Usage } from "../../../core/outcome.ts";
import type { ChunkSpans } from "./chunk-spans.ts";
import { asFields, hasBaseRespError, hasContent, hasFailed, isFilteredAway, onlyOne } from "../reply/choice-end.ts";
import { readUsage } from "../usage/read-usage.ts";

/** What the data of one stream event is. The kinds are those of `StreamEvent`. */
export type ChunkClass =
  | { readonly kind: "content" | "preamble"; readonly usage: Usage | undefined }
  /** `isFiltered`: the content was refused, and the chunk holds none. */
  | { readonly kind: "finish"; readonly usage: Usage | undefined; readonly isFiltered: boolean }
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
  // No string may hold one. Where it stands between members, the parser takes the chunk all the same.
  if (hasControlByte(data)) return false;
  return hasText(choices, '"content":"') || hasText(choices, '"reasoning_content":"');
}

function hasControlByte(data: Buffer): boolean {
  for (let at = 0; at < data.length; at++) if ((data[at] ?? 0) < 0x20) return true;
  return false;
}

const letterN = 0x6e;

function hasText(text: string, key: string): boolean {
  const at = text.indexOf(key);
  return at > 0 && text[at - 1] !== "\\" && text[at + key.length] !== '"';
}

function classifyParsed(data: Buffer, name: string | undefined): ChunkClass {
  let value: unknown;
  try {
    value = JSON.parse(data.toString()) as unknown;
  } catch {
    // A named event may be anything, but an error is an error in any spelling.
    if (name === "error") return { kind: "error", error: data.toString() };
    return name === undefined ? { kind: "malformed" } : { kind: "other" };
  }
  const only = onlyOne(value);
  // No client reads a chunk out of a list.
  if (only !== value && asFields(asFields(only)?.["error"]) !== undefined) return { kind: "error", error: value };
  const chunk = asFields(value);
  if (chunk === undefined) return name === "error" ? { kind: "error", error: value } : { kind: "other" };
  if (
    name === "error" ||
    (chunk["error"] !== undefined && chunk["error"] !== null) ||
    chunk["object"] === "error" ||
    hasBaseRespError(chunk["base_resp"])
  ) {
    return { kind: "error", error: value };
  }
  const { choices } = chunk;
  if (!Array.isArray(choices)) return { kind: "other" };
  // Groq puts the usage under a name of its own unless it was asked for.
  const usage = readUsage(chunk["usage"]) ?? readUsage(asFields(chunk["x_groq"])?.["usage"]);
  let [hasEnd, isFiltered, isContent] = [false, true, false];
  for (const choice of choices as readonly unknown[]) {
    const fields = asFields(choice);
    if (fields === undefined) continue;
    if (hasFailed(fields)) return { kind: "error", error: value };
    hasEnd ||= hasFinished(fields);
    isFiltered &&= isFilteredAway(fields);
    isContent ||= hasContent(fields);
  }
  if (hasEnd) return { kind: "finish", usage, isFiltered };
  if (isContent) return { kind: "content", usage };
  // The usage comes alone after the end, but some hosts send it with every chunk, which is no end.
  return usage !== undefined && choices.length === 0 ? { kind: "finish", usage, isFiltered: false } : { kind: "preamble", usage };
}

function hasFinished(choice: Readonly<Record<string, unknown>>): boolean {
  const reason = choice["finish_reason"];
  return typeof reason === "string" && reason !== "";
}
