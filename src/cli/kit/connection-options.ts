import type { OptionSpec } from "./option-spec.ts";
import type { Words } from "./words.ts";

/** Which server is asked, as whom, and how its answers are shown. */
export interface ConnectionOptions {
  /** `http:` or `https:`, without credentials. */
  readonly url: string;
  readonly key: string | undefined;
  readonly keyFile: string | undefined;
  readonly caFile: string | undefined;
  readonly timeoutMs: number;
  readonly json: boolean;
  /** Empty: whatever the server's state is. */
  readonly etag: string;
}

const defaultUrl = "http://127.0.0.1:8000";
/** A reload may read many files; a person should not wait for much longer. */
const defaultTimeoutMs = 30_000;
const longestTimeoutMs = 86_400_000;

/** The options of every command that asks a server. */
export const connectionOptions: readonly OptionSpec[] = [
  { name: "url", value: "URL", help: `the server, default ${defaultUrl}`, variables: ["HUNTGROUP_URL"] },
  {
    name: "key",
    value: "KEY",
    help: "its master key; others on this machine can see it here, not in the environment",
    variables: ["HUNTGROUP_KEY", "HUNTGROUP_MASTER_KEY"],
  },
  { name: "key-file", value: "FILE", help: "a file that holds the key" },
  { name: "ca", value: "FILE", help: "PEM certificates to trust besides the usual ones", variables: ["HUNTGROUP_CA"] },
  { name: "timeout", value: "10s", help: "how long to wait for an answer, default 30s" },
  { name: "json", help: "answer in JSON, for programs" },
];

/** The option of commands that change something. */
export const etagOption: OptionSpec = {
  name: "etag",
  value: "ETAG",
  help: "only if nothing was changed since this state (deployments --json and others tell it)",
};

export function readConnection(words: Words): ConnectionOptions {
  const keyFile = words.text("key-file");
  if (keyFile !== undefined && words.given("key")) words.refuse("Give --key or --key-file, not both.");
  const timeoutMs = words.duration("timeout") ?? defaultTimeoutMs;
  if (timeoutMs < 1 || timeoutMs > longestTimeoutMs) words.refuse("--timeout must be more than nothing and at most 1d.");
  return {
    url: readUrl(words),
    key: keyFile === undefined ? words.text("key") : undefined,
    keyFile,
    caFile: words.text("ca"),
    timeoutMs,
    json: words.flag("json"),
    etag: words.text("etag") ?? "",
  };
}

function readUrl(words: Words): string {
  const text = words.text("url") ?? defaultUrl;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    const guess = URL.canParse(`http://${text}`) && !text.includes("://") ? ` Did you mean http://${text}?` : "";
    words.refuse(`The server's URL (--url, HUNTGROUP_URL) is "${text}"; it must begin with http:// or https://.${guess}`);
    return defaultUrl;
  }
  if (url.username !== "" || url.password !== "") {
    words.refuse("The server's URL (--url, HUNTGROUP_URL) holds credentials; the key belongs into HUNTGROUP_KEY or --key-file.");
    return defaultUrl;
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}
