import { systemClock, type Clock } from "../../src/lib/clock.ts";

/** Far beyond what a working program needs on the busiest machine: only a fault takes it. */
const longestMs = 60_000;

/** Waits for something that another party does, and fails instead of waiting for ever. */
export async function within<Value>(
  awaited: Promise<Value>,
  what: string,
  { limitMs = longestMs, clock = systemClock }: { readonly limitMs?: number; readonly clock?: Clock } = {},
): Promise<Value> {
  const tooLate = Promise.withResolvers<never>();
  const timer = clock.schedule(limitMs, () => tooLate.reject(new Error(`${what}: not within ${limitMs} ms`)));
  try {
    return await Promise.race([awaited, tooLate.promise]);
  } finally {
    clock.cancel(timer);
  }
}
