/** A model name with `*`. The pattern is anchored at both ends; `*` stands for any text, also none. */
export interface Wildcard {
  readonly pattern: string;
  /** What each `*` stands for in `name`, left to right; undefined when the name does not match. */
  match(name: string): readonly string[] | undefined;
}

/** Whether a model name is a pattern. */
export function isWildcard(name: string): boolean {
  return name.includes("*");
}

/** Compiles a pattern. Matching takes time in proportion to the name and the pattern, however many `*` there are. */
export function createWildcard(pattern: string): Wildcard {
  const texts = pattern.split("*");
  return { pattern, match: (name) => matchTexts(texts, name) };
}

/**
 * Each `*` takes as much as it can, the first one before the others. So every text between two of them stands as far to the right as it can,
 * and they are found from the end, each in one search, without trying again.
 * @param texts What stands around the `*`.
 */
function matchTexts(texts: readonly string[], name: string): readonly string[] | undefined {
  const first = texts[0] ?? "";
  const last = texts.at(-1) ?? "";
  if (texts.length === 1) return name === first ? [] : undefined;
  let end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return undefined;
  const captures: string[] = [];
  for (let index = texts.length - 2; index > 0; index--) {
    const text = texts[index] ?? "";
    const at = end - text.length < first.length ? -1 : name.lastIndexOf(text, end - text.length);
    if (at < first.length) return undefined;
    captures.push(name.slice(at + text.length, end));
    end = at;
  }
  captures.push(name.slice(first.length, end));
  return captures.toReversed();
}

/** Orders patterns the most specific first: the more literal text the better, then the fewer `*`. */
export function bySpecificity(a: string, b: string): number {
  return literalLength(b) - literalLength(a) || stars(a) - stars(b) || (a < b ? -1 : a > b ? 1 : 0);
}

/**
 * The model name to send upstream for what a pattern matched: each `*` of the template takes the next capture. A template without
 * `*` is a fixed model. One with fewer `*` than there are captures cannot say where the rest belongs, so the caller's name is sent as it is.
 */
export function fillTemplate(template: string, captures: readonly string[], name: string): string {
  if (!isWildcard(template)) return template;
  if (captures.length > stars(template)) return name;
  let next = 0;
  return template.replaceAll("*", () => captures[next++] ?? "");
}

function stars(pattern: string): number {
  return pattern.split("*").length - 1;
}

function literalLength(pattern: string): number {
  return pattern.length - stars(pattern);
}

/**
 * The model that a deployment is sent.
 * @param captures What the `*` of its group's name stood for in `name`; undefined where the name is no pattern's.
 */
export function sentModel(
  { upstreamModel }: { readonly upstreamModel: string },
  captures: readonly string[] | undefined,
  name: string,
): string {
  return captures === undefined ? upstreamModel : fillTemplate(upstreamModel, captures, name);
}
