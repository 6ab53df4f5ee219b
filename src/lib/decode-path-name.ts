/** A name from a URL's path. One whose percent-encoding is broken stays as it is: nothing has that name, and "not found" says it best. */
export function decodePathName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
