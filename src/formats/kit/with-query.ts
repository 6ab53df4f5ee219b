/** Puts a host's query behind a path that may have one. @param query With its `?`, or empty. */
export function withQuery(path: string, query: string): string {
  return query !== "" && path.includes("?") ? `${path}&${query.slice(1)}` : path + query;
}
