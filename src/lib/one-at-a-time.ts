/** Runs asynchronous tasks one after the other, in the order they came in. A task that fails does not hold up the next. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  run<Value>(task: () => Promise<Value>): Promise<Value> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything that came in so far has run. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
