import { randomInt, type Random } from "../lib/random.ts";
import type { SharedLock } from "../lib/shared/shared-lock.ts";
import { SharedTimes, type TimesMemory } from "../lib/shared/shared-times.ts";
import { mostRemembered, type AuthThrottleMemory } from "./auth-throttle.ts";

/** What the throttles of all threads remember together, in memory that is handed to each thread. */
export interface AuthThrottleShare {
  readonly wholeAt: TimesMemory;
  readonly good: TimesMemory;
}

/** Makes the memory, on the first thread. */
export function createAuthThrottleShare(random: Random): AuthThrottleShare {
  const memory = (): TimesMemory => SharedTimes.memory(mostRemembered, [randomInt(random, 2 ** 31), randomInt(random, 2 ** 31)]);
  return { wholeAt: memory(), good: memory() };
}

/** Opens the memory, on each thread. @param lock The lock of all memory between the threads. */
export function accessAuthThrottle(share: AuthThrottleShare, lock: SharedLock): AuthThrottleMemory {
  return { wholeAt: new SharedTimes(share.wholeAt, lock), good: new SharedTimes(share.good, lock) };
}
