/** The path of a request's URL, without its query. */
export function pathOfUrl(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}
