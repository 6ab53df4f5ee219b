/**
 * The ids of a conversation's calls of tools. Providers want each of them once, but callers may give one again in a later answer: many models count from the
 * beginning in each. A result is of the latest call that was given its id.
 */
export class CallIds {
  readonly #names = new Map<string, string>();
  readonly #latest = new Map<string, string>();

  /** @param given As the caller wrote it. @returns The call's id in this conversation. */
  ofCall(given: string, name: string): string {
    let id = given;
    for (let count = 2; this.#names.has(id); count++) id = `${given}_${count}`;
    this.#names.set(id, name);
    this.#latest.set(given, id);
    return id;
  }

  /** The id of the call that a result with this id is of. */
  ofResult(given: string): string {
    return this.#latest.get(given) ?? given;
  }

  /** The name of the tool that was called. */
  nameOf(id: string): string | undefined {
    return this.#names.get(id);
  }
}
