import type { Clock } from "../../src/lib/clock.ts";
import { SharedShelf } from "../../src/lib/shared/shared-shelf.ts";

/** A shelf of one thread, for an hour. */
export function testShelf(clock: Pick<Clock, "now">, bytes = 2 ** 20): SharedShelf {
  return new SharedShelf({ memory: SharedShelf.memory(bytes), thread: 0, clock, keptMs: 3_600_000 });
}
