/** Runs asynchronous tasks one after the other, in the order of the calls. A task that fails does not hold up the next. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the task does. */
  run<Value>(task: () => Promise<Value>): Promise<Value> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all tasks so far have run. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
