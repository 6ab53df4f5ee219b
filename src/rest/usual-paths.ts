/** What clients put before a path because their base URL has it already, or because their provider has it. */
const prefixes: ReadonlySet<string> = new Set(["", "v1", "openai", "anthropic"]);

/** A model's name follows one of these. It may hold any slashes. */
const beforeNames = ["engines/", "deployments/", "models/"];

/**
 * What a path comes to that no API has as it is: with slashes doubled or at its end, a repeated `/v1`, or under `/openai` or `/anthropic`, as clients make them
 * of a base URL that ends in a slash or holds a part of the path already.
 * @param path Without its query.
 * @returns The paths that it may stand for, the likeliest first. None where it is usual already.
 *
 * @example usualPaths("/openai/v1//chat/completions/") // ["/v1/chat/completions", "/chat/completions"]
 */
export function usualPaths(path: string): readonly string[] {
  if (!path.startsWith("/")) return [];
  let start = 1;
  let hasVersion = false;
  let isOpenAi = false;
  for (let end = path.indexOf("/", start); end !== -1; end = path.indexOf("/", start)) {
    const segment = path.slice(start, end);
    if (!prefixes.has(segment)) break;
    hasVersion ||= segment === "v1";
    isOpenAi = segment === "openai" || (isOpenAi && segment === "");
    start = end + 1;
  }
  let end = path.length;
  while (end > start && path[end - 1] === "/") end--;
  const rest = path.slice(start, end);
  const plain = beforeNames.some((prefix) => rest.startsWith(prefix)) ? rest : rest.replaceAll(/\/{2,}/g, "/");
  const found = [];
  if (hasVersion) found.push(`/v1/${plain}`);
  found.push(isOpenAi && plain.startsWith("deployments/") ? `/openai/${plain}` : `/${plain}`);
  return found.filter((one) => one !== path);
}
