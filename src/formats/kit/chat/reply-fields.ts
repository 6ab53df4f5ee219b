import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { isMembers } from "./chat-fields.ts";

/** Readers of a provider's reply. What is of the wrong kind is as if it were not there: the reply's reader says what that means. */

/** The members of a whole reply. Undefined for what is no JSON object. */
export function replyMembers(body: Buffer): JsonMembers | undefined {
  try {
    const value = parseExact(body.toString()) as JsonValue;
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a member; empty where it is none. */
export function textAt(members: JsonMembers, key: string): string {
  const value = members[key];
  return typeof value === "string" ? value : "";
}
