import type { JsonMembers, JsonValue } from "../../../core/provider.ts";

/** Why a message ended, in Anthropic's words. */
export interface StopReason {
  readonly stop_reason: string;
  readonly stop_sequence: null;
  /** Of a refusal. */
  readonly stop_details?: JsonMembers;
}

/**
 * @param finish OpenAI's `finish_reason`.
 * @param hasCalls Whether the message calls tools of the caller's: some hosts tell that as any other end.
 * @param refusal Why the provider refused, where it says so.
 */
export function stopReasonOf(finish: JsonValue | undefined, hasCalls: boolean, refusal: string | undefined): StopReason {
  const isRefused = finish === "content_filter" || refusal !== undefined;
  if (isRefused) {
    const stop_details = { type: "refusal", category: null, explanation: refusal ?? null };
    return { stop_reason: "refusal", stop_sequence: null, stop_details };
  }
  if (finish === "length") return { stop_reason: "max_tokens", stop_sequence: null };
  return { stop_reason: hasCalls ? "tool_use" : "end_turn", stop_sequence: null };
}
