import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** One part of an answer, by its kind. */
export type AnswerPart =
  | { readonly kind: "text" | "thought"; readonly text: string }
  | { readonly kind: "call"; readonly call: JsonMembers }
  | { readonly kind: "image" | "audio"; readonly mediaType: string; readonly data: string }
  /** What OpenAI's message has no member for: code that was run, and what came of it. */
  | { readonly kind: "other"; readonly part: JsonMembers };

export function readPart(part: JsonMembers): AnswerPart {
  const { text, functionCall: call, inlineData: media } = part;
  if (typeof text === "string") return { kind: part["thought"] === true ? "thought" : "text", text };
  if (isMembers(call)) return { kind: "call", call };
  if (isMembers(media) && typeof media["data"] === "string") {
    const mediaType = typeof media["mimeType"] === "string" ? media["mimeType"] : "application/octet-stream";
    if (mediaType.startsWith("image/")) return { kind: "image", mediaType, data: media["data"] };
    if (mediaType.startsWith("audio/")) return { kind: "audio", mediaType, data: media["data"] };
  }
  return { kind: "other", part };
}

/** The proof of the thinking behind a part; undefined where it has none. */
export function signatureOf({ thoughtSignature: signature }: JsonMembers): string | undefined {
  return typeof signature === "string" && signature !== "" ? signature : undefined;
}

/** An image in an answer, as LiteLLM's `images` have it. */
export function imageJson({ mediaType, data }: { readonly mediaType: string; readonly data: string }, index: number): JsonMembers {
  return { type: "image_url", index, image_url: { url: `data:${mediaType};base64,${data}` } };
}

/** The parts of a candidate's content. */
export function partsOf({ content }: JsonMembers): readonly JsonMembers[] {
  const parts: JsonValue | undefined = isMembers(content) ? content["parts"] : undefined;
  return Array.isArray(parts) ? (parts as readonly JsonValue[]).filter(isMembers) : [];
}

/** What is told of where an answer comes from, by LiteLLM's callers' names: for `provider_specific_fields`. */
export function sourcesOf(candidate: JsonMembers): Record<string, JsonValue> {
  const sources: Record<string, JsonValue> = {};
  for (const [own, name] of sourceNames) {
    const value = candidate[own];
    if (value !== undefined && value !== null) sources[name] = value;
  }
  return sources;
}

const sourceNames = [
  ["groundingMetadata", "grounding_metadata"],
  ["urlContextMetadata", "url_context_metadata"],
  ["citationMetadata", "citation_metadata"],
  ["continuationToken", "continuation_token"],
] as const;

/** Whether an answer rests on a search of Google. */
export function isSearched({ groundingMetadata: grounding }: JsonMembers): boolean {
  const queries = isMembers(grounding) ? grounding["webSearchQueries"] : undefined;
  return Array.isArray(queries) && queries.length > 0;
}
