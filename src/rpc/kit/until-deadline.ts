import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc";
import type { Clock } from "../../lib/clock.ts";

/** How long a caller waits, in milliseconds, as its headers say. Undefined where they do not, or say what their protocol refuses. */
export function timeoutOf(header: Headers): number | undefined {
  const grpc = header.get("grpc-timeout");
  const { timeoutMs, error } =
    grpc === null
      ? parseConnectTimeout(header.get("connect-timeout-ms"), Number.MAX_SAFE_INTEGER)
      : parseGrpcTimeout(grpc, Number.MAX_SAFE_INTEGER);
  return error === undefined ? timeoutMs : undefined;
}

/** A body that fails when it has not ended after `delayMs`. @param expire Makes the error. */
export function untilDeadline(
  body: AsyncIterable<Uint8Array>,
  delayMs: number,
  clock: Clock,
  expire: () => Error,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const source = body[Symbol.asyncIterator]();
      const { promise: expired, reject } = Promise.withResolvers<never>();
      // It may expire between two reads, where nothing waits for it.
      expired.catch(() => {});
      const timer = clock.schedule(delayMs, () => reject(expire()));
      return {
        async next() {
          const result = await Promise.race([expired, source.next()]);
          if (result.done === true) clock.cancel(timer);
          return result;
        },
        async return() {
          clock.cancel(timer);
          return (await source.return?.()) ?? { done: true, value: undefined };
        },
      };
    },
  };
}
