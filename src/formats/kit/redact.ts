/** Shorter texts are dummies such as `none`. To take them out would garble ordinary text. */
const shortestSecret = 6;

/** @returns A function that takes known secrets out of texts that a provider wrote: some echo the key they were sent. */
export function redactorOf(secrets: Iterable<string | undefined>): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret === undefined || secret.length < shortestSecret) continue;
    forms.add(secret);
    forms.add(encodeURIComponent(secret));
  }
  // The longest first: one secret may be part of another.
  const all = [...forms].sort((one, other) => other.length - one.length);
  return (text) => all.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text);
}

/** What a key looks like: the usual beginnings, a part that is starred out, or many letters with digits among them. */
const keyLike =
  /\b(?:sk|pk|rk|gsk|xai|hf|nvapi|csk|fw|tgp|pplx|key|ak|r8|eyJ|AIza|AKIA|ASIA|ya29)[-_A-Za-z0-9.*]{2,}|\b[\w-]*\*+[\w*-]*|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}/g;
/** What stands where a message quotes the key that it was sent. */
const quotedKey = /((?:api[ -]?key|token|credentials?|secret)s?(?: \w+){0,2}: *["'`]?)([^\s"'`]+)/gi;

/** Takes everything that may be a key out of a text about credentials: some providers quote the one that they were sent, in part or whole. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(quotedKey, "$1[redacted]").replaceAll(keyLike, "[redacted]");
}
