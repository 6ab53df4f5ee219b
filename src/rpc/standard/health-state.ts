/** Whether this server takes calls: it does until it drains, and never again after that. */
export class HealthState {
  #draining = false;
  readonly #listeners = new Set<() => void>();

  /** Whether the drain has begun. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Begins the drain and tells all listeners. A second call does nothing. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Calls the listener, once, when the drain begins; never where it has begun already. @returns Removes the listener. */
  onDrain(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
