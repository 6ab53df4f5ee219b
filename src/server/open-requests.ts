import type { HttpRequest, HttpResponse } from "../inbound/http-handler.ts";

/** A request whose response has not been sent to its last byte. */
export interface OpenRequest {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** On the server's clock. */
  readonly startedAt: number;
}

/** The open requests of one connection, oldest first. */
export class OpenRequests implements Iterable<OpenRequest> {
  readonly #open = new Set<OpenRequest>();

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Adds a request, which stays open until its response was sent or its connection was lost.
   * @param startedAt On the server's clock.
   * @param onEnd Called once, when the request is no longer open.
   */
  begin(request: HttpRequest, response: HttpResponse, startedAt: number, onEnd?: () => void): void {
    const entry: OpenRequest = { request, response, startedAt };
    this.#open.add(entry);
    response.once("close", () => {
      if (this.#open.delete(entry)) onEnd?.();
    });
  }

  /** The request that came last. */
  get newest(): OpenRequest | undefined {
    let newest: OpenRequest | undefined;
    for (const entry of this.#open) newest = entry;
    return newest;
  }

  [Symbol.iterator](): IterableIterator<OpenRequest> {
    return this.#open.values();
  }
}

/** The open requests of several connections together. */
export function sumOfSizes(all: Iterable<OpenRequests>): number {
  let sum = 0;
  for (const open of all) sum += open.size;
  return sum;
}
