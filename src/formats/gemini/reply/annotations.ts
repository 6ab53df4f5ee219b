import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/**
 * The sources of an answer as OpenAI's `annotations`.
 * @param grounding Gemini's `groundingMetadata`, which counts in bytes of UTF-8.
 * @param text The whole answer.
 */
export function readAnnotations(grounding: JsonMembers, text: string): readonly JsonMembers[] {
  const chunks = listOf(grounding["groundingChunks"]);
  const bytes = Buffer.from(text);
  const place = (value: JsonValue | undefined): number => bytes.toString("utf8", 0, typeof value === "number" ? value : 0).length;
  return listOf(grounding["groundingSupports"]).flatMap(({ segment, groundingChunkIndices: indices }) => {
    if (!isMembers(segment) || !Array.isArray(indices)) return [];
    const [start, end] = [place(segment["startIndex"]), place(segment["endIndex"])];
    return (indices as readonly JsonValue[]).flatMap((index) => {
      const source = typeof index === "number" ? sourceOf(chunks[index]) : undefined;
      if (source === undefined) return [];
      return [{ type: "url_citation", url_citation: { start_index: start, end_index: end, ...source } }];
    });
  });
}

function sourceOf(chunk: JsonMembers | undefined): JsonMembers | undefined {
  const source = chunk?.["web"] ?? chunk?.["retrievedContext"] ?? chunk?.["maps"];
  if (!isMembers(source) || typeof source["uri"] !== "string") return undefined;
  return { url: source["uri"], title: typeof source["title"] === "string" ? source["title"] : "" };
}

function listOf(value: JsonValue | undefined): readonly JsonMembers[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isMembers) : [];
}
