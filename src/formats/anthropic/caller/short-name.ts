import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { sha256 } from "../../../lib/secret.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** The longest name of a tool that OpenAI's API takes. Anthropic takes twice as long ones. */
const longestName = 64;
const keptStart = 55;

/** A tool's name as it stands in the chat: a long one by its beginning and 8 digits of its digest. */
export function shortName(name: string): string {
  return name.length <= longestName ? name : `${name.slice(0, keptStart)}_${sha256(name).slice(0, 8)}`;
}

/** The long names of a request's tools by what {@link shortName} makes of them. @param tools The request's own, as parsed. */
export function longNames(tools: JsonValue | undefined): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  if (!Array.isArray(tools)) return names;
  for (const tool of tools as readonly JsonValue[]) {
    const name = isMembers(tool) ? (tool satisfies JsonMembers)["name"] : undefined;
    if (typeof name === "string" && name.length > longestName) names.set(shortName(name), name);
  }
  return names;
}
