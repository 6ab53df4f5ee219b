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
