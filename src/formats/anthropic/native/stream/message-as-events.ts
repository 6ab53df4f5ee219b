import type { JsonMembers, JsonValue } from "../../../../core/provider.ts";
import { isMembers } from "../../../kit/chat/chat-fields.ts";

/** What of a block comes behind its beginning, by the block's type. */
const pieces: Readonly<Record<string, readonly (readonly [key: string, delta: string])[]>> = {
  text: [["text", "text_delta"]],
  thinking: [
    ["thinking", "thinking_delta"],
    ["signature", "signature_delta"],
  ],
};

/** Writes a whole message as the stream that it would have been, which ends with its last event. */
export function messageAsEvents(message: JsonMembers): Buffer {
  const { content, stop_reason: reason = null, stop_sequence: sequence = null, stop_details: details, usage = {} } = message;
  const blocks = Array.isArray(content) ? (content as readonly JsonValue[]).filter(isMembers) : [];
  const delta = { stop_reason: reason, stop_sequence: sequence, ...(details === undefined ? {} : { stop_details: details }) };
  const events: TypedEvent[] = [
    { type: "message_start", message: { ...message, content: [], stop_reason: null, stop_sequence: null } },
    ...blocks.flatMap(blockEvents),
    { type: "message_delta", delta, usage },
    { type: "message_stop" },
  ];
  return Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
}

type TypedEvent = JsonMembers & { readonly type: string };

function blockEvents(block: JsonMembers, index: number): readonly TypedEvent[] {
  const begin: Record<string, JsonValue> = { ...block };
  const deltas: JsonMembers[] = [];
  for (const [key, type] of (typeof block["type"] === "string" ? pieces[block["type"]] : undefined) ?? []) {
    const value = block[key];
    if (typeof value !== "string" || value === "") continue;
    begin[key] = "";
    deltas.push({ type, [key]: value });
  }
  if (block["type"] === "tool_use") {
    begin["input"] = {};
    deltas.push({ type: "input_json_delta", partial_json: JSON.stringify(block["input"] ?? {}) });
  }
  return [
    { type: "content_block_start", index, content_block: begin },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
}
