import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/**
 * The sources of an answer as OpenAI's `annotations`.
 * @param grounding Gemini's `groundingMetadata`, which counts in bytes of UTF-8.
 * @param text The whole answer.
 */
export function readAnnotations(grounding: JsonMembers, text: string): readonly JsonMembers[] {
  const chunks = listOf(grounding["groundingChunks"]);
  const supports = listOf(grounding["groundingSupports"]);
  const places = placesIn(
    text,
    supports.flatMap(({ segment }) => (isMembers(segment) ? [segment["startIndex"], segment["endIndex"]] : [])),
  );
  const place = (value: JsonValue | undefined): number => places.get(typeof value === "number" ? value : 0) ?? 0;
  return supports.flatMap(({ segment, groundingChunkIndices: indices }) => {
    if (!isMembers(segment) || !Array.isArray(indices)) return [];
    const [start, end] = [place(segment["startIndex"]), place(segment["endIndex"])];
    return (indices as readonly JsonValue[]).flatMap((index) => {
      const source = typeof index === "number" ? sourceOf(chunks[index]) : undefined;
      if (source === undefined) return [];
      return [{ type: "url_citation", url_citation: { start_index: start, end_index: end, ...source } }];
    });
  });
}

/** Where places that are counted in bytes are in a text, by going through it once. */
function placesIn(text: string, counted: readonly (JsonValue | undefined)[]): ReadonlyMap<number, number> {
  const bytes = Buffer.from(text);
  const places = new Map<number, number>();
  let [at, characters] = [0, 0];
  for (const byte of new Set(counted.filter((value) => typeof value === "number").toSorted((one, other) => one - other))) {
    const end = Math.min(Math.max(byte, at), bytes.length);
    characters += bytes.toString("utf8", at, end).length;
    at = end;
    places.set(byte, characters);
  }
  return places;
}

function sourceOf(chunk: JsonMembers | undefined): JsonMembers | undefined {
  const source = chunk?.["web"] ?? chunk?.["retrievedContext"] ?? chunk?.["maps"];
  if (!isMembers(source) || typeof source["uri"] !== "string") return undefined;
  return { url: source["uri"], title: typeof source["title"] === "string" ? source["title"] : "" };
}

function listOf(value: JsonValue | undefined): readonly JsonMembers[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isMembers) : [];
}
