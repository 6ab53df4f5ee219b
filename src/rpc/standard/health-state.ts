/** Whether this server takes calls. It does until it drains, and never again after. */
export class HealthState {
  #draining = false;
  readonly #listeners = new Set<() => void>();

  get draining(): boolean {
    return this.#draining;
  }

  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** @returns Forgets the listener, which is called once at most. */
  onDrain(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
