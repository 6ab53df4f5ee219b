import type { CallRouter } from "../core/call-router.ts";
import type { CallerKey } from "../core/caller-key.ts";
import type { Clock } from "../lib/clock.ts";

/** A model as OpenAI's list of models has it. */
interface ModelObject {
  readonly id: string;
  readonly object: "model";
  /** In Unix seconds. */
  readonly created: number;
  readonly owned_by: string;
}

/** OpenAI's clients want a time of creation that stays the same. No deployment has one, so it is the server's start, in Unix seconds. */
export function serverStart(clock: Clock): number {
  return Math.floor(clock.wallTime() / 1000);
}

/** One model for a list. @param created In Unix seconds. */
export function modelObject(id: string, created: number): ModelObject {
  return { id, object: "model", created, owned_by: "huntgroup" };
}

/**
 * The names that a key may use; all of them without a key. Wildcard names are listed as configured. A name or pattern of the key that is in
 * no list, but that the router knows, is listed as the key has it.
 */
export function visibleModels(router: Pick<CallRouter, "models" | "knows">, key: CallerKey | undefined): readonly string[] {
  if (key === undefined || key.models.length === 0) return router.models();
  const listed = router.models().filter((model) => key.allows(model));
  return [...new Set([...listed, ...key.models.filter((model) => router.knows(model))])];
}
