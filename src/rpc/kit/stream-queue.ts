/**
 * Between a producer that calls and a consumer that asks: what the router's callbacks deliver waits here until the
 * transport, which asks for the next item when it could send the one before, fetches it.
 *
 * Keeps every item pushed, in order, also beyond its capacity: the capacity says when the producer is asked to pause.
 */
export class StreamQueue<Item> implements AsyncIterable<Item> {
  readonly #capacity: number;
  readonly #onDrained: () => void;
  readonly #items: Item[] = [];
  #full = false;
  #end: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  /**
   * @param capacity How many items may wait before `push` asks for a pause.
   * @param onDrained After such a pause, when half of the capacity is free again.
   */
  constructor(capacity: number, onDrained: () => void) {
    this.#capacity = capacity;
    this.#onDrained = onDrained;
  }

  /** @returns Whether more may come at once. */
  push(item: Item): boolean {
    if (this.#end === undefined) this.#items.push(item);
    this.#full ||= this.#items.length >= this.#capacity;
    this.#awake();
    return !this.#full;
  }

  /** No more items: the consumer gets those that wait, then the end. */
  end(): void {
    this.#finish(undefined);
  }

  /** No more items: the consumer gets those that wait, then the error. */
  fail(error: Error): void {
    this.#finish(error);
  }

  /** The consumer gets nothing but this error: those that wait are dropped. */
  abort(error: Error): void {
    this.#items.length = 0;
    this.#end = { error };
    this.#awake();
  }

  /** To be iterated once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        this.#release();
        yield item;
      } else if (this.#end !== undefined) {
        if (this.#end.error !== undefined) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }

  #release(): void {
    if (!this.#full || this.#items.length > this.#capacity / 2) return;
    this.#full = false;
    this.#onDrained();
  }

  #finish(error: Error | undefined): void {
    this.#end ??= { error };
    this.#awake();
  }

  #awake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
