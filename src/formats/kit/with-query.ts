/**
 * Puts a host's query behind a path that may have one of the caller's. What both name is the host's to say (`api-version`).
 * @param query With its `?`, or empty.
 *
 * @example withQuery("/files/a?limit=2&api-version=odd", "?api-version=v1") // "/files/a?limit=2&api-version=v1"
 */
export function withQuery(path: string, query: string): string {
  const at = query === "" ? -1 : path.indexOf("?");
  if (at === -1) return path + query;
  const own = new Set(namesOf(query.slice(1)));
  const kept = path
    .slice(at + 1)
    .split("&")
    .filter((pair) => pair !== "" && namesOf(pair).every((name) => !own.has(name)));
  return `${path.slice(0, at)}?${[...kept, query.slice(1)].join("&")}`;
}

/** As servers read them, which differ in whether case matters. */
function namesOf(query: string): readonly string[] {
  return [...new URLSearchParams(query).keys()].map((name) => name.toLowerCase());
}
