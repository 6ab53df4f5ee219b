import { Option, type Command } from "commander";
import { EnvOption } from "./env-option.ts";
import { duration } from "./values.ts";

/** Which server is asked, as whom, and how its answers are shown. */
export interface Connection {
  /** `http:` or `https:`, without credentials; or `unix:PATH`, a socket in the file system. */
  readonly url: string;
  readonly key: string | undefined;
  readonly keyFile: string | undefined;
  readonly caFile: string | undefined;
  readonly timeoutMs: number;
  readonly json: boolean;
  /** The state that a change is meant for; empty for any. */
  readonly etag: string;
}

const defaultUrl = "http://127.0.0.1:8000";
/** A reload may read many files; a person should not wait for much longer. */
const defaultTimeoutMs = 30_000;
const longestTimeoutMs = 86_400_000;

/** Makes the options of every command that asks a server. */
export function connectionOptions(): readonly Option[] {
  return [
    new EnvOption("--url <URL>", `the server, default ${defaultUrl}`, ["HUNTGROUP_URL"]),
    new EnvOption("--key <KEY>", "its master key; others on this machine can see it here, not in the environment", [
      "HUNTGROUP_KEY",
      "HUNTGROUP_MASTER_KEY",
    ]),
    new Option("--key-file <FILE>", "a file that holds the key"),
    new EnvOption("--ca <FILE>", "PEM certificates to trust besides the usual ones", ["HUNTGROUP_CA"]),
    new Option("--timeout <10s>", "how long to wait for an answer, default 30s").argParser(duration),
    new Option("--json", "answer in JSON, for programs"),
  ];
}

/** Makes the option of commands that change something. */
export function etagOption(): Option {
  return new Option("--etag <ETAG>", "only if nothing was changed since this state (deployments --json and others tell it)");
}

interface ConnectionFlags {
  readonly url?: string;
  readonly key?: string;
  readonly keyFile?: string;
  readonly ca?: string;
  readonly timeout?: number;
  readonly json?: boolean;
  readonly etag?: string;
}

/** Reads the options above of a command that was parsed. What is wrong with them ends in commander's error. */
export function readConnection(command: Command): Connection {
  const { url = defaultUrl, key, keyFile, ca, timeout = defaultTimeoutMs, json = false, etag = "" } = command.opts<ConnectionFlags>();
  if (keyFile !== undefined && command.getOptionValueSource("key") === "cli") command.error("Give --key or --key-file, not both.");
  if (timeout < 1 || timeout > longestTimeoutMs) command.error("--timeout must be more than nothing and at most 1d.");
  return { url: readUrl(url, command), key: keyFile === undefined ? key : undefined, keyFile, caFile: ca, timeoutMs: timeout, json, etag };
}

function readUrl(text: string, command: Command): string {
  if (/^unix:./.test(text)) return text;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    const guess = URL.canParse(`http://${text}`) && !text.includes("://") ? ` Did you mean http://${text}?` : "";
    command.error(`The server's URL (--url, HUNTGROUP_URL) is "${text}"; it must begin with http:// or https://, or be unix:PATH.${guess}`);
  }
  if (url.username !== "" || url.password !== "")
    command.error("The server's URL (--url, HUNTGROUP_URL) holds credentials; the key belongs into HUNTGROUP_KEY or --key-file.");
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}
