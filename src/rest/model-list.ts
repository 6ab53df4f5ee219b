import type { CallRouter } from "../core/call-router.ts";
import type { CallerKey } from "../core/caller-key.ts";

/** One model in OpenAI's shape. */
interface ModelObject {
  readonly id: string;
  readonly object: "model";
  readonly created: number;
  readonly owned_by: "huntgroup";
}

/** @param createdSeconds Unix time. */
export function modelObject(id: string, createdSeconds: number): ModelObject {
  return { id, object: "model", created: createdSeconds, owned_by: "huntgroup" };
}

/** The names that a key may use; without one, all. What it may use by a name or pattern that no list has is named as its key has it. */
export function visibleModels(router: Pick<CallRouter, "models" | "knows">, key: CallerKey | undefined): readonly string[] {
  if (key === undefined || key.models.length === 0) return router.models();
  const listed = router.models().filter((model) => key.allows(model));
  return [...new Set([...listed, ...key.models.filter((model) => router.knows(model))])];
}

/** OpenAI's list of models. Wildcard names are listed as configured. */
export function modelList(ids: readonly string[], createdSeconds: number): { object: "list"; data: readonly ModelObject[] } {
  return { object: "list", data: ids.map((id) => modelObject(id, createdSeconds)) };
}
