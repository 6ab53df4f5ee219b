import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** Longer than any place in a schema. */
const longestRef = 1024;

/** The schema that a `$ref` within a schema's own document names; undefined where there is none. */
export function resolveRef(root: JsonMembers, ref: string): JsonMembers | undefined {
  if (!ref.startsWith("#") || ref.length > longestRef) return undefined;
  let at: JsonValue | undefined = root;
  for (const step of ref.slice(1).split("/").slice(1)) {
    const key = decoded(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(at)) at = (at as readonly JsonValue[])[Number(key)];
    else at = isMembers(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return isMembers(at) ? at : undefined;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
