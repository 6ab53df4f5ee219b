import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** What begins the encrypted content of reasoning that holds another provider's thinking with its proofs, in the first version of its spelling. */
const thinkingMark = "hgthink1_";

/**
 * Spells a model's thinking with its proofs (Claude's signatures) as the encrypted content of an item of reasoning, so that a client which
 * keeps the transcript itself sends them back. Nothing here is secret or trusted: whoever gave a proof checks it.
 */
export function spellThinking(blocks: readonly JsonMembers[]): string {
  return thinkingMark + Buffer.from(JSON.stringify(blocks)).toString("base64url");
}

/** @returns Undefined for what was not spelled so, or not whole. */
export function readThinking(content: JsonValue | undefined): readonly JsonMembers[] | undefined {
  if (typeof content !== "string" || !content.startsWith(thinkingMark)) return undefined;
  try {
    const blocks = JSON.parse(Buffer.from(content.slice(thinkingMark.length), "base64url").toString()) as JsonValue;
    return Array.isArray(blocks) ? (blocks as readonly JsonValue[]).filter(isMembers) : undefined;
  } catch {
    return undefined;
  }
}
