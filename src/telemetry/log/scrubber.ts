import { isSecretName, Secrets } from "../../config/secrets/secrets.ts";

/** How many clean texts are remembered: names that come again with every call need not be looked through each time. */
const mostKnown = 2_000;
const longestKnown = 100;

/** Takes every secret out of what is about to be logged: by the name of its field, by the secrets of all configurations so far, and by its look. */
export class Scrubber {
  readonly #secrets = new Secrets();
  readonly #clean = new Set<string>();
  readonly #secretKeys = new Map<string, boolean>();

  /**
   * Hides the secrets of another configuration as well. Those of before stay hidden for as long as the process runs: calls that began under
   * an earlier configuration may still use them.
   */
  hide(secrets: Secrets): void {
    this.#secrets.include(secrets);
    this.#clean.clear();
  }

  text(text: string): string {
    // A quick look clears most texts, and costs less than to remember them.
    if (!this.#secrets.mayHold(text) || this.#clean.has(text)) return text;
    const scrubbed = this.#secrets.scrub(text);
    if (scrubbed === text && text.length <= longestKnown) {
      if (this.#clean.size >= mostKnown) this.#clean.clear();
      this.#clean.add(text);
    }
    return scrubbed;
  }

  /** A copy of the fields with what is secret masked, however deep it lies. */
  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const clean: Record<string, unknown> = {};
    for (const key in fields) clean[key] = this.#isSecret(key) ? "***" : this.#value(fields[key]);
    return clean;
  }

  #value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    return Array.isArray(value) ? value.map((item) => this.#value(item)) : this.fields(value as Record<string, unknown>);
  }

  #isSecret(key: string): boolean {
    let secret = this.#secretKeys.get(key);
    if (secret === undefined) {
      if (this.#secretKeys.size >= mostKnown) this.#secretKeys.clear();
      this.#secretKeys.set(key, (secret = isSecretName(key)));
    }
    return secret;
  }
}
