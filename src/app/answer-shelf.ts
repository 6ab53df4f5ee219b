import type { AnswerShelf } from "../core/pinned-ids.ts";
import type { Clock } from "../lib/clock.ts";
import { SharedShelf, type ShelfMemory } from "../lib/shared/shared-shelf.ts";

/** Of all threads together. */
const shelfBytes = 64 * 1_024 * 1_024;
const keptMs = 3_600_000;

/** Makes the memory of answers whose deployments keep none, on the first thread. */
export function createShelfMemory(): ShelfMemory {
  return SharedShelf.memory(shelfBytes);
}

/** Opens the memory, on each thread. @param memory Undefined for one of its own. @param thread Its number, from 0. */
export function openShelf(memory: ShelfMemory | undefined, thread: number, clock: Clock): AnswerShelf {
  return new SharedShelf({ memory: memory ?? createShelfMemory(), thread, clock, keptMs });
}
