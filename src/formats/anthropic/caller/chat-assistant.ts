import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatList, chatMembers, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { contentParts } from "./chat-parts.ts";
import { shortName } from "./short-name.ts";
import { splitProof } from "../../kit/calls/proof-in-id.ts";
import { append } from "../../kit/append.ts";

/** What one of OpenAI's messages of the assistant is made of. */
interface Draft {
  readonly thinking: JsonMembers[];
  readonly parts: JsonMembers[];
  readonly calls: JsonMembers[];
}

/**
 * Says a turn of the assistant's as OpenAI's messages: one, but where thinking comes behind text. Behind a call of a tool nothing is parted from it,
 * since its result must follow at once.
 */
export function assistantMessages(content: JsonValue | undefined, path: string): JsonMembers[] {
  if (typeof content === "string") return [{ role: "assistant", content }];
  const drafts: Draft[] = [];
  for (const [index, value] of chatList(content, path).entries()) {
    const block = chatMembers(value, `${path}[${index}]`) ?? refuse(`${path}[${index}]`, "an object");
    let draft = drafts.at(-1);
    const isThinking = block["type"] === "thinking" || block["type"] === "redacted_thinking";
    if (draft === undefined || (isThinking && draft.parts.length > 0 && draft.calls.length === 0))
      drafts.push((draft = { thinking: [], parts: [], calls: [] }));
    if (isThinking) draft.thinking.push(thinkingOf(block));
    else if (block["type"] === "tool_use") draft.calls.push(callOf(block, `${path}[${index}]`));
    else append(draft.parts, partsOf(block, `${path}[${index}]`));
  }
  return drafts.filter(({ thinking, parts, calls }) => thinking.length + parts.length + calls.length > 0).map(messageOf);
}

function messageOf({ thinking, parts, calls }: Draft): JsonMembers {
  const reasoning = thinking.map((block) => (typeof block["thinking"] === "string" ? block["thinking"] : "")).join("");
  return {
    role: "assistant",
    content: contentOf(parts),
    ...(thinking.length === 0 ? {} : { thinking_blocks: thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
  };
}

/** Most hosts take a text alone. */
function contentOf(parts: readonly JsonMembers[]): JsonValue {
  if (parts.length === 0) return null;
  const isPlain = parts.every((part) => part["type"] === "text" && part["cache_control"] === undefined);
  return isPlain ? parts.map((part) => part["text"] as string).join("") : parts;
}

/** Thinking has no mark of the cache. */
function thinkingOf({ cache_control: _mark, ...block }: JsonMembers): JsonMembers {
  return block;
}

function callOf(block: JsonMembers, path: string): JsonMembers {
  const { id, proof } = splitProof(chatText(block["id"], `${path}.id`) ?? "");
  const name = chatText(block["name"], `${path}.name`) ?? "";
  const { input = {}, cache_control: mark } = block;
  return {
    id,
    type: "function",
    function: { name: shortName(name), arguments: JSON.stringify(input ?? {}) },
    ...(proof === undefined ? {} : { provider_specific_fields: { thought_signature: proof } }),
    ...(isMembers(mark) ? { cache_control: mark } : {}),
  };
}

/** Of tools that have run at a provider, what came of them is told as text: their proofs are of use there alone. */
function partsOf(block: JsonMembers, path: string): JsonMembers[] {
  const { type } = block;
  if (type === "server_tool_use" || type === "mcp_tool_use") return [];
  if (typeof type === "string" && type.endsWith("_tool_result")) {
    const told = JSON.stringify(block["content"] ?? null, (key, value: unknown) => (key.startsWith("encrypted_") ? undefined : value));
    return [{ type: "text", text: `[${type.slice(0, -"_tool_result".length)}: ${told}]\n` }];
  }
  return contentParts(block, path);
}
