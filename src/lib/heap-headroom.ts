import { getHeapStatistics, setFlagsFromString } from "node:v8";
import type { Clock } from "./clock.ts";

/** What can be read and set of a thread's heap. */
export interface Heap {
  /** Live objects, and garbage that was not collected yet. */
  usedBytes(): number;
  /** How far the heap may grow beyond its live objects before all of it is collected. 0 leaves it to the engine. */
  setGrowth(percent: number): void;
}

/** The engine's own heap. What is set counts for all threads. */
export const engineHeap: Heap = {
  usedBytes: () => getHeapStatistics().used_heap_size,
  setGrowth: (percent) => setFlagsFromString(`--heap-growing-percent=${percent}`),
};

/** How much may gather beside the live objects. */
const headroomBytes = 64 * 1024 * 1024;
/** The most that the engine itself allows to a heap that fills quickly. */
const mostPercent = 300;
/** Below this, the engine may as well choose itself. */
const leastPercent = 50;
const lookEveryMs = 10_000;
/** The least of so many readings in a row is about the size of the live objects. */
const looksRemembered = 4;

/**
 * Gives a small heap room. The memory of what passes through counts as growth of the heap while it waits for collection, so with a heap of
 * 25 MB the engine collects all of it after every 10 to 15 MB of requests: seven times a second, 5 to 10 ms each, where prompts have 1 MB.
 */
export function keepHeapHeadroom(clock: Pick<Clock, "schedule">, heap: Heap = engineHeap): void {
  const seen: number[] = [];
  let growth = 0;
  const look = (): void => {
    seen.push(heap.usedBytes());
    if (seen.length > looksRemembered) seen.shift();
    const percent = growthOf(Math.min(...seen));
    if (percent !== growth) heap.setGrowth(percent);
    growth = percent;
    clock.schedule(lookEveryMs, look);
  };
  look();
}

function growthOf(liveBytes: number): number {
  const percent = Math.min(Math.floor((headroomBytes / liveBytes) * 100), mostPercent);
  return percent < leastPercent ? 0 : percent;
}
