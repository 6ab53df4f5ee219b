/**
 * The beginning of a text. A pair of surrogates (an emoji) is kept or left out as a whole: half of one is no text, and what must be UTF-8 (a
 * header, a protobuf string) cannot hold it.
 * @param longest How many UTF-16 code units are kept at most.
 */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const last = text.charCodeAt(longest - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? longest - 1 : longest);
}

/**
 * A copy of a text in memory of its own. A text that was cut from another one, or put together, is the same to everybody but `JSON.stringify`, which
 * writes what holds such a text in several times the time that it takes otherwise, all the rest included.
 */
export function ownText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
