import type { UniversalServerResponse } from "@connectrpc/connect/protocol";

/** The trailer of gRPC's own protocol. That of gRPC-Web travels in the body and is read by other clients. */
const statusMessage = "grpc-message";

/**
 * Spells the status message as gRPC's specification does: only the percent sign and what is not printable ASCII are percent-encoded.
 * Connect's runtime also encodes `,`, `/`, `:` and the like. That is allowed, but grpc-js does not decode those, and its callers would
 * read `model%3A gpt-4`.
 */
export function withPlainStatusMessage(response: UniversalServerResponse): UniversalServerResponse {
  const { body, trailer } = response;
  if (body === undefined || body === null || trailer === undefined) return response;
  // The trailers are complete when the body has ended.
  return { ...response, body: atEnd(body, () => respell(trailer)) };
}

/** Spells the status message of complete trailers so. */
export function respell(trailer: Headers): void {
  const encoded = trailer.get(statusMessage);
  if (encoded !== null) trailer.set(statusMessage, decodeURIComponent(encoded).replace(/[^\x20-\x7e]|%/gu, encodeURIComponent));
}

/** Runs `task` at the end of the chunks. No generator, which would cost more promises a chunk; errors of the consumer reach the source. */
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
