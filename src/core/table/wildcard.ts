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

/** Compiles a pattern. */
export function createWildcard(pattern: string): Wildcard {
  const source = pattern.split("*").map(escapeRegExp).join("(.*)");
  const expression = new RegExp(`^${source}$`, "s");
  return { pattern, match: (name) => expression.exec(name)?.slice(1) };
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

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
