/**
 * Stands between a producer that calls and a consumer that asks: what the router's callbacks deliver waits here until the transport
 * fetches it, which it does once it has sent the item before.
 *
 * Keeps every item in order, also beyond its capacity: the capacity decides only when the producer is asked to pause.
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
   * @param onDrained Called after such a pause, when half of the capacity is free again.
   */
  constructor(capacity: number, onDrained: () => void) {
    this.#capacity = capacity;
    this.#onDrained = onDrained;
  }

  /** Adds an item. @returns Whether more may come at once. */
  push(item: Item): boolean {
    if (this.#end === undefined) this.#items.push(item);
    this.#full ||= this.#items.length >= this.#capacity;
    this.#awake();
    return !this.#full;
  }

  /** Ends the queue: the consumer gets the items that wait, then the end. */
  end(): void {
    this.#finish(undefined);
  }

  /** Ends the queue: the consumer gets the items that wait, then the error. */
  fail(error: Error): void {
    this.#finish(error);
  }

  /** Ends the queue at once: the items that wait are dropped, and the consumer gets the error. */
  abort(error: Error): void {
    this.#items.length = 0;
    this.#end = { error };
    this.#awake();
  }

  /** The items. To be iterated once. */
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
