import type { RouterError } from "../core/errors.ts";
import { toldWaitMs } from "../core/pick/no-capacity.ts";

/**
 * What a caller is told of when to try again, by REST and RPC alike: 60 s for a rolling minute of this router's own, and a provider's word
 * as it is.
 * @param retryAfterMs The error's own.
 * @returns Milliseconds from now, not negative.
 */
export function toldRetryAfterMs(retryAfterMs: number, { upstream }: RouterError): number {
  const waitMs = Math.max(0, retryAfterMs);
  return upstream === undefined ? toldWaitMs(waitMs) : waitMs;
}
