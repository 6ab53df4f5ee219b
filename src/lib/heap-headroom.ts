import { totalmem } from "node:os";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import type { Clock } from "./clock.ts";

/** What can be read and set of a thread's heap. */
export interface Heap {
  /** Live objects, and garbage that was not collected yet. */
  usedBytes(): number;
  /** How far the heap may grow beyond its live objects before all of it is collected. 0 leaves it to the engine. */
  setGrowth(percent: number): void;
  /** Lets the memory of buffers count as part of the heap's growth, in place of a bound of its own. */
  countBuffers(): void;
}

/** The engine's own heap. What is set counts for all threads. */
export const engineHeap: Heap = {
  usedBytes: () => getHeapStatistics().used_heap_size,
  setGrowth: (percent) => setFlagsFromString(`--heap-growing-percent=${percent}`),
  countBuffers() {
    // An engine that does not have the setting complains of it.
    if (!canCountBuffers(process.versions.v8)) return;
    setFlagsFromString("--external-memory-accounted-in-global-limit");
    setFlagsFromString("--external-memory-max-growing-factor=8");
  },
};

/** Whether an engine of this version can count buffers with the heap. */
export function canCountBuffers(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 14 || (major === 14 && minor >= 6);
}

/** How much may gather beside the live objects: this share of the memory that there is, within these bounds. */
const headroomShare = 1 / 16;
const leastHeadroomBytes = 64 * 1024 * 1024;
const mostHeadroomBytes = 160 * 1024 * 1024;
/** Twice the most that the engine itself allows to a heap that fills quickly. */
const mostPercent = 600;
/** Below this, the engine may as well choose itself. */
const leastPercent = 50;
const lookEveryMs = 10_000;
/** The least of so many readings in a row is about the size of the live objects. */
const looksRemembered = 4;

/**
 * Gives a small heap room. The memory of what passes through counts as growth of the heap while it waits for collection, so with a heap of
 * 25 MB the engine collects all of it after every 10 to 15 MB of requests: seven times a second, 5 to 10 ms each, where prompts have 1 MB.
 * The buffers of bodies have a bound of their own besides, 64 MB since the last collection: with prompts of 64 KB all of the heap is collected
 * after each thousand calls, which is two fifths of what they cost. Counted with the heap, they have its room.
 * @param memoryBytes What there is for the process.
 */
export function keepHeapHeadroom(clock: Pick<Clock, "schedule">, heap: Heap = engineHeap, memoryBytes: number = memoryOfProcess()): void {
  const headroomBytes = Math.min(Math.max(memoryBytes * headroomShare, leastHeadroomBytes), mostHeadroomBytes);
  heap.countBuffers();
  const seen: number[] = [];
  let growth = 0;
  const look = (): void => {
    seen.push(heap.usedBytes());
    if (seen.length > looksRemembered) seen.shift();
    const percent = growthOf(Math.min(...seen), headroomBytes);
    if (percent !== growth) heap.setGrowth(percent);
    growth = percent;
    clock.schedule(lookEveryMs, look);
  };
  look();
}

function memoryOfProcess(): number {
  return Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
}

function growthOf(liveBytes: number, headroomBytes: number): number {
  const percent = Math.min(Math.floor((headroomBytes / liveBytes) * 100), mostPercent);
  return percent < leastPercent ? 0 : percent;
}
