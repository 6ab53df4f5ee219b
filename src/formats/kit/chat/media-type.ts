import type { MediaPart } from "./conversation.ts";

/** How files begin, in base64. */
const beginnings: readonly (readonly [RegExp, string])[] = [
  [/^iVBORw0KGgo/, "image/png"],
  [/^\/9j\//, "image/jpeg"],
  [/^R0lGOD/, "image/gif"],
  // RIFF....WEBP: the size in between is of any value.
  [/^UklGR.{6}XRUJQ/, "image/webp"],
  [/^UklGR.{6}XQVZF/, "audio/wav"],
  [/^JVBERi0/, "application/pdf"],
];

/** What a part's data is: by its first bytes where these tell, since callers mislabel images; otherwise as its caller says. */
export function mediaTypeOf({ source, kind }: Pick<MediaPart, "source" | "kind">): string | undefined {
  if (source.kind === "data") {
    const told = beginnings.find(([beginning]) => beginning.test(source.data))?.[1];
    if (told !== undefined && (source.mediaType === undefined || kind === "image")) return told;
  }
  return source.mediaType === "image/jpg" ? "image/jpeg" : source.mediaType;
}
