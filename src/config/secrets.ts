/** What is secret by its key's name. `max_tokens` and `input_cost_per_token` are not. */
const secretKeyEnding =
  /(^|[-_.])(api_?keys?|key|keys|secrets?|passwords?|passwd|tokens?|credentials?|authorization|auth|cookie|dsn|salt|access_key_id|database_url|redis_url|webhook_url|connection_string|extra_headers|headers|environment_variables)$/i;
const openKeyEnding = /(^|_)(per_token|max_tokens|(input|output|completion|prompt|budget|min|health_check_max)_tokens|cache_key)$/i;

/** Whether values under this key are never shown, those nested below it included. */
export function isSecretKey(key: string): boolean {
  const spelled = key.replace(/([a-z])([A-Z])/g, "$1_$2");
  return secretKeyEnding.test(spelled) && !openKeyEnding.test(spelled);
}

/** Replaces what looks like a credential wherever it stands: well-known key formats, passwords in URLs, bearer tokens. */
export function maskTokens(text: string): string {
  return text
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
    if (isSecretKey(match[1] ?? "")) return `${line.slice(0, match.index + match[0].length)} ***`;
  }
  return line;
}

/** Shorter values stand in too many words by chance: blotting them out would garble messages and hide nothing. */
const shortestSecret = 8;

/** Remembers secret values of one load, so that no message can repeat one by accident. */
export class Secrets {
  readonly #values = new Set<string>();

  remember(value: string): void {
    if (value.length >= shortestSecret) this.#values.add(value);
  }

  /** The text without any secret. */
  scrub(text: string): string {
    let scrubbed = text;
    // Longest first: a secret that contains another one is to go as a whole.
    for (const value of [...this.#values].toSorted((one, other) => other.length - one.length)) {
      scrubbed = scrubbed.replaceAll(value, "***");
    }
    return maskTokens(scrubbed);
  }
}
