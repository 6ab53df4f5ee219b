/** Shorter ones are not secrets but dummies such as `none`, and taking them out would garble ordinary text. */
const shortestSecret = 6;

/** Takes known secrets out of texts that a provider wrote: some echo the key they were sent. */
export class Redactor {
  readonly #secrets: readonly string[];

  constructor(secrets: Iterable<string | undefined>) {
    const forms = new Set<string>();
    for (const secret of secrets) {
      if (secret === undefined || secret.length < shortestSecret) continue;
      forms.add(secret);
      forms.add(encodeURIComponent(secret));
    }
    // The longest first: one secret may be part of another.
    this.#secrets = [...forms].sort((one, other) => other.length - one.length);
  }

  redact(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, "[redacted]");
    return clean;
  }
}
