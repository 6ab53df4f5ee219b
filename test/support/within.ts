import { setTimeout as sleep } from "node:timers/promises";

/** Waits for something that another party does, and fails when that takes longer than it may. */
export async function within<Value>(limitMs: number, awaited: Promise<Value>, what: string): Promise<Value> {
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
