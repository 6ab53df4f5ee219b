import type { StreamEvent } from "../provider.ts";

/** What is kept of a stream that has no content yet, in all: a role and some comments are a few hundred bytes. */
const mostHeldBytes = 1_048_576;
/** Comments and keep-alives kept for a caller while its stream has no content yet. */
const mostHeldEvents = 1_000;

/** The events of a stream before its first content. They are held back so that the call can still go elsewhere unseen. */
export class HeldEvents {
  readonly #events: StreamEvent[] = [];
  #bytes = 0;

  /** Bytes that came, those of events that were not kept included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps an event; comments beyond a bound are dropped. @returns Whether the stream is still within its bytes. */
  hold(event: StreamEvent): boolean {
    this.#bytes += event.bytes.length;
    if (this.#bytes > mostHeldBytes) return false;
    if (event.kind === "preamble" || this.#events.length < mostHeldEvents) this.#events.push(event);
    return true;
  }

  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<StreamEvent> {
    return this.#events[Symbol.iterator]();
  }
}
