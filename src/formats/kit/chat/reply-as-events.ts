import type { Call } from "../../../core/call.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamEvent } from "../../../core/provider.ts";
import { isMembers } from "./chat-fields.ts";
import { ChunkWriter, type FinishReason } from "./chunk-writer.ts";

/**
 * Gives a whole reply as the stream that was asked for: each answer in one chunk, then how it ended, then the usage.
 * @param reply OpenAI's chat completion, parsed.
 */
export function replyAsEvents(call: Call, reply: JsonMembers, usage: Usage | undefined): readonly StreamEvent[] {
  const chunks = new ChunkWriter(call, typeof reply["created"] === "number" ? reply["created"] : 0);
  const events: StreamEvent[] = [chunks.role()];
  const choices = Array.isArray(reply["choices"]) ? (reply["choices"] as readonly JsonValue[]).filter(isMembers) : [];
  for (const [index, choice] of choices.entries()) {
    chunks.choice = index;
    const { role: _role, tool_calls: calls, ...message } = isMembers(choice["message"]) ? choice["message"] : {};
    const text = typeof message["content"] === "string" ? message["content"] : "";
    const numbered = Array.isArray(calls)
      ? { tool_calls: (calls as readonly JsonMembers[]).map((one, at) => ({ index: at, ...one })) }
      : {};
    const delta = { ...message, ...numbered };
    const counted = text + (Array.isArray(calls) ? JSON.stringify(calls) : "");
    if (counted !== "" || message["reasoning_content"] !== undefined) events.push(chunks.delta(delta, counted));
  }
  for (const [index, choice] of choices.entries()) {
    chunks.choice = index;
    events.push(chunks.finish(choice["finish_reason"] as FinishReason, usage));
  }
  return [...events, ...chunks.end(usage)];
}
