/** An address of HTTP taken apart, each part as the platform's `URL` has it. */
export type HttpAddress = Pick<URL, "protocol" | "username" | "password" | "host" | "hostname" | "port" | "pathname" | "search" | "origin">;

/** Stands in for a host that the platform does not take. */
const placeholder = "host.invalid";

/**
 * Parses an address that begins with `http://` or `https://`. The platform takes a host whose last part is a number for a broken IPv4 address
 * and refuses it, but names of models make such hosts (`http://qwen3.6:8000/v1`), and networks of containers resolve them.
 * @returns Undefined when it is none.
 */
export function parseHttpAddress(text: string): HttpAddress | undefined {
  const url = URL.parse(text);
  if (url !== null) return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
  const [, before = "", written = "", after = ""] = /^(https?:\/\/(?:[^/?#@]*@)?)([a-z\d_.-]+)((?::\d*)?(?:[/?#].*)?)$/is.exec(text) ?? [];
  const hostname = written.toLowerCase();
  if (!isName(hostname)) return undefined;
  const standIn = URL.parse(`${before}${placeholder}${after}`);
  if (standIn === null) return undefined;
  const { protocol, username, password, port, pathname, search } = standIn;
  const host = port === "" ? hostname : `${hostname}:${port}`;
  return { protocol, username, password, host, hostname, port, pathname, search, origin: `${protocol}//${host}` };
}

/** Whether a host is a name of labels, of which one has a letter and the last is a number: anything else the platform judges rightly. */
function isName(hostname: string): boolean {
  const labels = hostname.split(".");
  const wellFormed = labels.every((label) => /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/.test(label));
  return wellFormed && labels.some((label) => /^(?!0x)(?=.*[a-z])/.test(label)) && /^(?:\d+|0x[\da-f]*)$/.test(labels.at(-1) ?? "");
}
