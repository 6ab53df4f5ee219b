import { suggest } from "../../lib/suggest.ts";
import { settingsTables } from "../settings/settings-tables.ts";
import type { SectionName } from "../settings/setting-spec.ts";
import { homeOf } from "../settings/place-settings.ts";
import { SecretStarts } from "./secret-starts.ts";

/** How names of secrets end, with anything before it: `api_key`, `masterkey`, `authtoken`, `OPENAI_API_KEY_2`. */
const secretEnding = /(keys?|secrets?|passwords?|passwd|passphrase|tokens?|credentials?)([-_.]?\d+)?$/i;
/** Last words of names of secrets. Harmless words may end like these, so the whole word counts. */
const secretLastWord =
  /(^|[-_.])(authorization|auth|cookie|dsn|salt|access_key_id|database_url|redis_url|webhook_url|connection_string|extra_headers|headers|environment_variables)$/i;
/** Names that only end like a secret's: counts and prices of tokens, and words that rhyme with keys. */
const openEnding =
  /((^|[-_.])(per_?token|((max|min|num|new|total|input|output|completion|prompt|reasoning|thinking|budget)_?)+tokens|cache_key)|(^|[-_.])(mon|don|tur|whis)keys?)$/i;

/** Whether the values under a name are never shown, those nested below it included. */
export function isSecretName(key: string): boolean {
  const spelled = key.replace(/([a-z])([A-Z])/g, "$1_$2");
  return (secretEnding.test(spelled) || secretLastWord.test(spelled)) && !openEnding.test(spelled);
}

/** Collections that only sound like secrets. What stands in them is judged by its own names. */
const openCollections: ReadonlySet<string> = new Set(["keys", "general_settings.jwt.keys", "general_settings.client_certificates.keys"]);
/** Single values that only sound like secrets. */
const openValues: ReadonlySet<string> = new Set(["general_settings.jwt.default_key", "general_settings.client_certificates.default_key"]);

/**
 * Whether the value at a path is never shown, what is nested in it included.
 * @param key The last name of the path.
 * @param section The section that the name stands in.
 */
export function isSecretPlace(path: string, key: string, section: SectionName | undefined, isCollection: boolean): boolean {
  if (isCollection ? openCollections.has(path) : openValues.has(path)) return false;
  // A digest is not shown either: where one is asked for, the secret itself may stand by mistake.
  if (section === "keys entry" && key === "sha256") return true;
  return isSecretName(key) || (section !== undefined && resemblesSecretName(key, section));
}

const credentialFiles: ReadonlySet<string> = new Set(["vertex_credentials", "vertex_ai_credentials"]);

/** Whether the value of a secret's name is the path of a file, which may be shown: what is secret stands in the file. */
export function isCredentialPath(key: string, text: string): boolean {
  if (!credentialFiles.has(key)) return false;
  return /^[\w./\\:~@ -]{1,250}\.json$/i.test(text) || /^(?:~|\.{1,2})?\/[\w./~@ -]{1,250}$/.test(text);
}

/** Whether a bare value in the list at a path is never shown: it may be a secret where a map with its digest is wanted. */
export function isSecretItem(path: string): boolean {
  return openCollections.has(path);
}

/** Whether a name was most likely meant to be one of its section's secrets: `master` and `master_kye` are. */
export function resemblesSecretName(key: string, section: SectionName): boolean {
  if (homeOf(key) !== undefined) return false;
  const meant = suggest(key, Object.keys(settingsTables[section]));
  return meant !== undefined && isSecretName(meant);
}

const sectionNames = Object.keys(settingsTables) as SectionName[];

/**
 * Replaces what looks like a credential wherever it stands: well-known formats of keys, passwords in URLs, bearer tokens. {@link SecretStarts}
 * has to know what each of them begins with. The keys that this program makes are found in the middle of a word as well: their secrets are kept
 * nowhere, so their look is all there is to know them by.
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
 * Masks a line whose place in the document is not known because the YAML is broken: everything behind a name that looks like a secret's,
 * and the whole of a line without a name, which may be the rest of a secret.
 */
export function maskBrokenLine(line: string): string {
  const keys = [...line.matchAll(/([A-Za-z_][\w.-]*)["']?\s*[:=]/g)];
  if (keys.length === 0) return line.replace(/[^\s-].*$/, "***");
  for (const match of keys) {
    const key = match[1] ?? "";
    if (isSecretName(key) || sectionNames.some((section) => resemblesSecretName(key, section)))
      return `${line.slice(0, match.index + match[0].length)} ***`;
  }
  return line;
}

/** Characters. Shorter values stand in too many words by chance: masking them would garble messages and hide nothing. */
const shortestSecret = 8;

const headerScheme = /^(?:Bearer|Basic|Token) +(.+)$/is;

/** Remembers the secret values of one load, so that no message can repeat one by accident. */
export class Secrets {
  readonly #values = new Set<string>();
  /** The lengths of secrets by what they begin with, the longest first. So thousands of keys cost a message no more than one. */
  readonly #lengths = new Map<string, number[]>();
  readonly #starts = new SecretStarts();

  /** @param value A secret. In a header's value, what stands behind the scheme (`Bearer …`) is a secret by itself too. */
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

  /** Whether a text needs a thorough look: true for every text with a secret, false for nearly all others. */
  mayHold(text: string): boolean {
    return this.#starts.mayBeIn(text);
  }

  /** @returns The text with every secret replaced by `***`. */
  scrub(text: string): string {
    if (!this.mayHold(text)) return text;
    return maskTokens(this.#values.size === 0 ? text : this.#withoutValues(text));
  }

  /** Takes the longest secret at each place, so that one that contains another goes as a whole. */
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
