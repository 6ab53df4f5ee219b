import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "./chat-fields.ts";

/** Where a deployment has marks of the cache put into requests (LiteLLM's `cache_control_injection_points`). */
export interface CachePoint {
  /** The messages of a role, the message at an index (from the end where it is negative), or the last of the tools. */
  readonly place: { readonly role: string } | { readonly index: number } | "tools";
  readonly mark: JsonMembers;
}

/** No provider takes more marks in one request. */
const mostMarks = 4;

/** Reads the setting. What is none of its forms is left out. */
export function readCachePoints(value: JsonValue | undefined): readonly CachePoint[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[]).flatMap((entry): CachePoint[] => {
    if (!isMembers(entry)) return [];
    const mark = isMembers(entry["control"]) ? entry["control"] : { type: "ephemeral" };
    const { location, role, index } = entry;
    if (location === "tool_config" || location === "tools") return [{ place: "tools", mark }];
    if (typeof role === "string") return [{ place: { role }, mark }];
    const at = typeof index === "string" && index.trim() !== "" ? Number(index) : index;
    return typeof at === "number" && Number.isInteger(at) ? [{ place: { index: at }, mark }] : [];
  });
}

/**
 * Puts the marks of `points` into a request, as far as it may have more.
 * @returns The request itself where none are put in.
 */
export function withCachePoints(members: JsonMembers, points: readonly CachePoint[]): JsonMembers {
  if (points.length === 0) return members;
  const messages = listAt(members, "messages");
  const tools = listAt(members, "tools");
  let room = mostMarks - [...messages, ...tools].reduce((sum, one) => sum + marksIn(one), 0);
  const marked = new Map<JsonMembers, JsonMembers>();
  for (const { place, mark } of points) {
    const chosen =
      place === "tools"
        ? tools.slice(-1)
        : "role" in place
          ? messages.filter(({ role }) => role === place.role)
          : at(messages, place.index);
    // The last ones first: what comes before a mark is in the cache as well.
    for (const one of chosen.toReversed()) {
      if (room <= 0 || marksIn(one) > 0 || marked.has(one)) continue;
      marked.set(one, { ...one, cache_control: mark });
      room--;
    }
  }
  if (marked.size === 0) return members;
  const replaced = (list: readonly JsonMembers[]): JsonMembers[] => list.map((one) => marked.get(one) ?? one);
  return { ...members, messages: replaced(messages), ...(tools.length === 0 ? {} : { tools: replaced(tools) }) };
}

function listAt(members: JsonMembers, key: string): readonly JsonMembers[] {
  const list = members[key];
  if (!Array.isArray(list)) return [];
  const objects = (list as readonly JsonValue[]).filter(isMembers);
  // A list with anything else in it is at fault as a whole, and its reader says so.
  return objects.length === list.length ? objects : [];
}

function at(messages: readonly JsonMembers[], index: number): readonly JsonMembers[] {
  const message = messages.at(index);
  return message === undefined ? [] : [message];
}

function marksIn({ cache_control: own, content }: JsonMembers): number {
  const parts = Array.isArray(content) ? (content as readonly JsonValue[]) : [];
  const inParts = parts.filter((part) => isMembers(part) && isMembers(part["cache_control"])).length;
  return Math.max(inParts, isMembers(own) ? 1 : 0);
}
