import type { JsonValue } from "../../../core/provider.ts";
import type { FinishReason } from "../../kit/chat/chunk-writer.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  pause_turn: "length",
  compaction: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

/**
 * Anthropic's `stop_reason` in OpenAI's words. What is not known, or not told of a message that is whole, is an end like any other.
 * @param toolCalls How many tools of the caller's the message calls.
 */
export function finishReasonOf(stopReason: JsonValue | undefined, toolCalls: number): FinishReason {
  const byCalls = toolCalls > 0 ? "tool_calls" : "stop";
  const reason = typeof stopReason === "string" ? reasons[stopReason] : byCalls;
  return reason === undefined || reason === "tool_calls" ? byCalls : reason;
}
