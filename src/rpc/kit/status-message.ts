import type { UniversalServerResponse } from "@connectrpc/connect/protocol";

/** The trailer of gRPC's own protocol; gRPC-Web's travels in the body and is read by other clients. */
const statusMessage = "grpc-message";

/**
 * Spells the status message as gRPC's specification does: only what is not printable ASCII, and the percent sign, is
 * percent-encoded. Connect's runtime also encodes `,`, `/`, `:` and the like, which is not wrong, but grpc-js leaves those
 * undecoded, so that its callers would read `model%3A gpt-4`.
 */
export function withPlainStatusMessage(response: UniversalServerResponse): UniversalServerResponse {
  const { body, trailer } = response;
  if (body === undefined || body === null || trailer === undefined) return response;
  // The trailers are complete when the body has ended.
  return { ...response, body: atEnd(body, () => respell(trailer)) };
}

/** The same for trailers that are complete. */
export function respell(trailer: Headers): void {
  const encoded = trailer.get(statusMessage);
  if (encoded !== null) trailer.set(statusMessage, decodeURIComponent(encoded).replace(/[^\x20-\x7e]|%/gu, encodeURIComponent));
}

/** Not a generator: passes each chunk on with one promise, and errors from the consumer to the source. */
function atEnd<Chunk>(chunks: AsyncIterable<Chunk>, task: () => void): AsyncIterable<Chunk> {
  return {
    [Symbol.asyncIterator]() {
      const source = chunks[Symbol.asyncIterator]();
      return {
        async next() {
          const result = await source.next();
          if (result.done === true) task();
          return result;
        },
        async throw(error: unknown) {
          if (source.throw === undefined) throw error;
          return await source.throw(error);
        },
        async return(value: unknown) {
          return (await source.return?.(value)) ?? { done: true, value };
        },
      };
    },
  };
}
