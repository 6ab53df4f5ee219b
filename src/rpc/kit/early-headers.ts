import { createContextKey } from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";

/** Sends a response's headers now, before there is a first message. The handler sets it where the library would wait for one. */
export const openEarlyContext = createContextKey<((headers: Headers) => void) | undefined>(undefined, {
  description: "sends the headers before the first message",
});

/** Lets a streaming method send its headers before it has a message: the library itself holds its whole answer back until then. */
export class EarlyHeaders {
  readonly open: (headers: Headers) => void;
  readonly #opened: Promise<Headers>;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<Headers>();
    this.open = resolve;
    this.#opened = promise;
  }

  /** The answer that comes first: the library's own, or one that begins with the headers alone and goes on as the library's. */
  async before(answer: Promise<UniversalServerResponse>): Promise<UniversalServerResponse> {
    return await Promise.race([answer, this.#opened.then((headers) => headersFirst(headers, answer))]);
  }
}

function headersFirst(header: Headers, answer: Promise<UniversalServerResponse>): UniversalServerResponse {
  // Complete once the body has ended.
  const trailer = new Headers();
  async function* body(): AsyncGenerator<Uint8Array> {
    // Nothing to read: it has the headers go out.
    yield new Uint8Array(0);
    const rest = await answer;
    if (rest.body !== undefined && rest.body !== null) yield* rest.body;
    for (const [name, value] of rest.trailer ?? []) trailer.set(name, value);
  }
  return { status: 200, header, body: body(), trailer };
}
