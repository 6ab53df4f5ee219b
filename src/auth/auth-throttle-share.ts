import { randomInt, type Random } from "../lib/random.ts";
import type { SharedLock } from "../lib/shared/shared-lock.ts";
import { SharedTimes, type TimesMemory } from "../lib/shared/shared-times.ts";
import { mostRemembered, type AttemptMemory } from "./auth-throttle.ts";

/** The memory of limiters on several threads, to be handed to each. */
export interface AttemptsShare {
  readonly wholeAt: TimesMemory;
  readonly good: TimesMemory;
}

export function createAttemptsShare(random: Random): AttemptsShare {
  const memory = (): TimesMemory => SharedTimes.memory(mostRemembered, [randomInt(random, 2 ** 31), randomInt(random, 2 ** 31)]);
  return { wholeAt: memory(), good: memory() };
}

export function accessAttempts(share: AttemptsShare, lock: SharedLock): AttemptMemory {
  return { wholeAt: new SharedTimes(share.wholeAt, lock), good: new SharedTimes(share.good, lock) };
}
