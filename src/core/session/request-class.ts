/** Headers by their lower-case names. */
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const classHeader = /^x-[a-z0-9-]+-request-class$/;
const lastOfName = "s".charCodeAt(0);

/**
 * What kind of request an agent says that it sends, by a header such as `x-claude-code-request-class`: `main`, `subagent`, `workflow`,
 * `compaction` or `auxiliary`. It is not checked: it may decide on its place in line, never on what it may do.
 */
export function requestClassOf(headers: Headers | undefined): string | undefined {
  for (const name in headers) {
    // Most requests have no such header, and are looked at no further.
    if (name.charCodeAt(name.length - 1) !== lastOfName || !classHeader.test(name)) continue;
    const value = headers[name];
    if (typeof value === "string" && value !== "" && value.length <= longestClass) return value.toLowerCase();
  }
  return undefined;
}

const longestClass = 64;
