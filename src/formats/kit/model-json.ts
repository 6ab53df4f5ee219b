import type { Call } from "../../core/call.ts";

/** Names that were asked for of late: callers ask for few. */
const written = new Map<string, Buffer>();
const mostWritten = 500;

/** The model's name as the caller wrote it, as JSON. Replies show it in place of the provider's name. Not to be changed. */
export function modelJson({ model }: Call): Buffer {
  const known = written.get(model);
  if (known !== undefined) return known;
  const json = Buffer.from(JSON.stringify(model));
  if (written.size >= mostWritten) written.clear();
  written.set(model, json);
  return json;
}
