import type { JsonValue } from "../../../core/provider.ts";
import type { FinishReason } from "../../kit/chat/chunk-writer.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  LANGUAGE: "content_filter",
  OTHER: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_OTHER: "content_filter",
  IMAGE_RECITATION: "content_filter",
  NO_IMAGE: "content_filter",
  ESCALATION: "content_filter",
  MODEL_ARMOR: "content_filter",
  JAILBREAK: "content_filter",
};

/** Gemini's `finishReason` in OpenAI's words. What is not known is an end like any other. @param hasCalls Whether the answer calls tools. */
export function geminiFinish(finishReason: JsonValue | undefined, hasCalls: boolean): FinishReason {
  const reason = (typeof finishReason === "string" ? reasons[finishReason] : undefined) ?? "stop";
  return reason === "stop" && hasCalls ? "tool_calls" : reason;
}

const broken: ReadonlySet<JsonValue | undefined> = new Set(["MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL"]);

/** Whether a model's answer was thrown away because it was not well formed: asked again, it writes another. */
export function isBroken(finishReason: JsonValue | undefined): finishReason is string {
  return broken.has(finishReason);
}
