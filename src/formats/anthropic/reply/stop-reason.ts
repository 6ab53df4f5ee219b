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

/** Anthropic's `stop_reason` in OpenAI's words. What is not known is an end like any other. */
export function finishReasonOf(stopReason: JsonValue | undefined): FinishReason {
  return (typeof stopReason === "string" ? reasons[stopReason] : undefined) ?? "stop";
}
