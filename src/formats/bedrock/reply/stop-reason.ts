import type { JsonValue } from "../../../core/provider.ts";
import type { FinishReason } from "../../kit/chat/chunk-writer.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  guardrail_intervened: "content_filter",
  content_filtered: "content_filter",
};

/** Converse's `stopReason` in OpenAI's words. What is not known is an end like any other. */
export function converseFinish(stopReason: JsonValue | undefined): FinishReason {
  return (typeof stopReason === "string" ? reasons[stopReason] : undefined) ?? "stop";
}

/** Whether a model said what nobody could make anything of: with nothing else in its answer, another try may do better. */
export function isMalformed(stopReason: JsonValue | undefined): stopReason is string {
  return typeof stopReason === "string" && stopReason.startsWith("malformed_");
}
