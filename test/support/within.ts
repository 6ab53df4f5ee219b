import { setTimeout as sleep } from "node:timers/promises";

/** Far beyond what a working program needs on the busiest machine: only a fault takes it. */
const longestMs = 30_000;

/** Waits for something that another party does, and fails instead of waiting for ever. */
export async function within<Value>(awaited: Promise<Value>, what: string, limitMs = longestMs): Promise<Value> {
  const enough = new AbortController();
  const tooLate = sleep(limitMs, undefined, { signal: enough.signal }).then(() => {
    throw new Error(`${what}: not within ${limitMs} ms`);
  });
  // Once the race is decided, nobody listens to the loser.
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([awaited, tooLate]);
  } finally {
    enough.abort();
  }
}
