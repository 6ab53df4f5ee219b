import { randomUUID } from "node:crypto";

/** Makes a random UUID: an id that nothing else has. A file of its own, because `random.ts` is also type-checked for browsers. */
export function uniqueId(): string {
  return randomUUID();
}
