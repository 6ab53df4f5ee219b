import { isSecretKey, type Secrets } from "../../config/secrets/secrets.ts";

type Scrubs = Pick<Secrets, "scrub" | "mayHold">;

/** Texts known to be clean: names that come again with every call need not be looked through each time. */
const mostKnown = 2_000;
const longestKnown = 100;

/** Takes every secret out of what is about to be logged: by the name of its field, by what is known of the configuration, and by its look. */
export class Scrubber {
  #secrets: readonly Scrubs[];
  readonly #clean = new Set<string>();
  readonly #secretKeys = new Map<string, boolean>();

  constructor(secrets: Scrubs | undefined) {
    this.#secrets = secrets === undefined ? [] : [secrets];
  }

  /** Those of another configuration as well: the one before may still be in use. */
  add(secrets: Scrubs): void {
    const newest = this.#secrets.at(-1);
    this.#secrets = newest === undefined ? [secrets] : [newest, secrets];
    this.#clean.clear();
  }

  text(text: string): string {
    // Most is told clean by a glance, which costs less than to remember it.
    if (!this.#mayHold(text) || this.#clean.has(text)) return text;
    let scrubbed = text;
    for (const secrets of this.#secrets) scrubbed = secrets.scrub(scrubbed);
    if (scrubbed === text && text.length <= longestKnown) {
      if (this.#clean.size >= mostKnown) this.#clean.clear();
      this.#clean.add(text);
    }
    return scrubbed;
  }

  #mayHold(text: string): boolean {
    for (const secrets of this.#secrets) if (secrets.mayHold(text)) return true;
    return false;
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
      this.#secretKeys.set(key, (secret = isSecretKey(key)));
    }
    return secret;
  }
}
