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

/** OpenAI's list of models. Wildcard names are listed as configured. */
export function modelList(ids: readonly string[], createdSeconds: number): { object: "list"; data: readonly ModelObject[] } {
  return { object: "list", data: ids.map((id) => modelObject(id, createdSeconds)) };
}
