import { suggest } from "../../lib/suggest.ts";
import { settingsTables } from "../settings/settings-tables.ts";
import type { SectionName } from "../settings/setting-spec.ts";
import { homeOf } from "../settings/place-settings.ts";
import { SecretStarts } from "./secret-starts.ts";

/** What is secret by how its key ends, whatever stands before it: `api_key`, `masterkey`, `authtoken`, `OPENAI_API_KEY_2`. */
const secretEnding = /(keys?|secrets?|passwords?|passwd|passphrase|tokens?|credentials?)([-_.]?\d+)?$/i;
/** The same for words that are also the end of harmless ones. */
const secretLastWord =
  /(^|[-_.])(authorization|auth|cookie|dsn|salt|access_key_id|database_url|redis_url|webhook_url|connection_string|extra_headers|headers|environment_variables)$/i;
/** Counts and prices of tokens, and words that only rhyme with keys. */
const openEnding =
  /((^|[-_.])(per_?token|((max|min|num|new|total|input|output|completion|prompt|reasoning|thinking|budget)_?)+tokens|cache_key)|(^|[-_.])(mon|don|tur|whis)keys?)$/i;

/** Whether values under this key are never shown, those nested below it included. */
export function isSecretKey(key: string): boolean {
  const spelled = key.replace(/([a-z])([A-Z])/g, "$1_$2");
  return (secretEnding.test(spelled) || secretLastWord.test(spelled)) && !openEnding.test(spelled);
}

/** Collections that only sound like secrets: what stands in them is judged by its own keys. */
const openCollections: ReadonlySet<string> = new Set(["keys", "general_settings.jwt.keys"]);
/** The same for single values. */
const openValues: ReadonlySet<string> = new Set(["general_settings.jwt.default_key"]);

/**
 * Whether the value at a path of keys is never shown, what is nested in it included.
 * @param section The section that the key stands in.
 */
export function isSecretPlace(path: string, key: string, section: SectionName | undefined, isCollection: boolean): boolean {
  if (isCollection ? openCollections.has(path) : openValues.has(path)) return false;
  // A digest is shown to nobody either: where one is asked for, the secret itself may stand by mistake.
  if (section === "keys entry" && key === "sha256") return true;
  return isSecretKey(key) || (section !== undefined && resemblesSecretKey(key, section));
}

/** Whether a bare value in the list at a path is never shown: a secret where a map with its digest is wanted. */
export function isSecretItem(path: string): boolean {
  return openCollections.has(path);
}

/** Whether a key was most likely meant to be one of its section's secret ones: `master` and `master_kye` are. */
export function resemblesSecretKey(key: string, section: SectionName): boolean {
  if (homeOf(key) !== undefined) return false;
  const meant = suggest(key, Object.keys(settingsTables[section]));
  return meant !== undefined && isSecretKey(meant);
}

const sectionNames = Object.keys(settingsTables) as SectionName[];

/**
 * Replaces what looks like a credential wherever it stands: well-known key formats, passwords in URLs, bearer tokens. What begins one is
 * known to {@link SecretStarts} too. The keys that this program makes are found in the middle of a word as well: their secrets are kept
 * nowhere, so their look is all that there is to know them by.
 */
export function maskTokens(text: string): string {
  return text
    .replace(/sk-hg-[A-Za-z0-9_-]{8,}/g, "***")
    .replace(/\b(?:(?:sk|pk|rk|xai|nvapi|pplx|csk|tgp)-|(?:gsk|hf|gh[pousr]|github_pat|r8)_|AKIA|AIza)[A-Za-z0-9_-]{8,}/g, "***")
    .replace(/(:\/\/)[^/\s@"']+@/g, "$1***@")
    .replace(/([?&](?:key|api[-_]?key|token|sig|code|secret|password)=)[^&\s"']+/gi, "$1***")
    .replace(/(\bBearer\s+)[^\s"',}]+/gi, "$1***");
}

/**
 * Masks a line whose place in the document is not known because the YAML is broken: everything behind a secret-looking key,
 * and the whole of a line without a key, which may be the rest of a secret.
 */
export function maskBrokenLine(line: string): string {
  const keys = [...line.matchAll(/([A-Za-z_][\w.-]*)["']?\s*[:=]/g)];
  if (keys.length === 0) return line.replace(/[^\s-].*$/, "***");
  for (const match of keys) {
    const key = match[1] ?? "";
    if (isSecretKey(key) || sectionNames.some((section) => resemblesSecretKey(key, section)))
      return `${line.slice(0, match.index + match[0].length)} ***`;
  }
  return line;
}

/** Shorter values stand in too many words by chance: blotting them out would garble messages and hide nothing. */
const shortestSecret = 8;

const headerScheme = /^(?:Bearer|Basic|Token) +(.+)$/is;

/** Remembers secret values of one load, so that no message can repeat one by accident. */
export class Secrets {
  readonly #values = new Set<string>();
  /** By what they begin with, the lengths that there are, the longest first: thousands of keys cost a message no more than one. */
  readonly #lengths = new Map<string, number[]>();
  readonly #starts = new SecretStarts();

  /** @param value A secret; of a header's value, what stands behind the scheme (`Bearer …`) is one by itself too. */
  remember(value: string): void {
    const credential = headerScheme.exec(value)?.[1];
    if (credential !== undefined) this.remember(credential);
    if (value.length < shortestSecret || this.#values.has(value)) return;
    this.#values.add(value);
    this.#starts.add(value);
    const beginning = value.slice(0, shortestSecret);
    const lengths = this.#lengths.get(beginning);
    if (lengths === undefined) this.#lengths.set(beginning, [value.length]);
    else if (!lengths.includes(value.length)) lengths.splice(lengths.findLastIndex((one) => one > value.length) + 1, 0, value.length);
  }

  /** Remembers everything that another load remembers. */
  include(other: Secrets): void {
    for (const value of other.#values) this.remember(value);
  }

  /** Whether a text needs a thorough look: false for nearly all that holds no secret, true for all that does. */
  mayHold(text: string): boolean {
    return this.#starts.mayBeIn(text);
  }

  /** The text without any secret. */
  scrub(text: string): string {
    if (!this.mayHold(text)) return text;
    return maskTokens(this.#values.size === 0 ? text : this.#withoutValues(text));
  }

  /** A secret that contains another one goes as a whole. */
  #withoutValues(text: string): string {
    let shown = "";
    let from = 0;
    for (let at = 0; at <= text.length - shortestSecret; at++) {
      const length = this.#lengths.get(text.slice(at, at + shortestSecret))?.find((one) => this.#values.has(text.slice(at, at + one)));
      if (length === undefined) continue;
      shown += `${text.slice(from, at)}***`;
      from = at + length;
      at = from - 1;
    }
    return shown + text.slice(from);
  }
}
