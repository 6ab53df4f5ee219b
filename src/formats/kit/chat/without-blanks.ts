import type { Conversation, Part, Turn } from "./conversation.ts";

/** Whether a part is a text without a character that can be seen. */
function isBlank(part: Part): boolean {
  return part.kind === "text" && part.text.trim() === "";
}

function hasBlank({ role, parts }: Turn, index: number): boolean {
  // A chat that begins with a late instruction lost the empty words before it.
  if (index === 0 && role === "system") return true;
  return parts.some((part) => isBlank(part) || (part.kind === "tool_result" && part.content.some(isBlank)));
}

/**
 * A conversation without texts of mere space, which Claude and others refuse. Turns of the same side that are next to each other then become
 * one, and a user's beginning that had nothing else says a point.
 */
export function withoutBlanks(conversation: Conversation): Conversation {
  const { system, turns } = conversation;
  if (!system.some(isBlank) && !turns.some(hasBlank)) return conversation;
  const kept: Turn[] = [];
  for (const turn of turns) {
    const parts = turn.parts
      .filter((part) => !isBlank(part))
      .map((part) => (part.kind === "tool_result" ? { ...part, content: part.content.filter((inner) => !isBlank(inner)) } : part));
    const last = kept.at(-1);
    if (last?.role === turn.role) kept[kept.length - 1] = { ...last, parts: [...last.parts, ...parts] };
    else if (parts.length > 0) kept.push({ ...turn, parts });
  }
  const begin = turns[0];
  if (begin !== undefined && begin.role !== "assistant" && kept[0]?.role !== "user") {
    kept.unshift({ role: "user", parts: [{ kind: "text", text: "." }], path: begin.path });
  }
  return { system: system.filter((part) => !isBlank(part)), turns: kept };
}
