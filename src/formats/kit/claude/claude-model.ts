import type { ChatRules } from "../chat/chat-rules.ts";

/** What a Claude model can do. What is not known of it is as with the models of 2025. */
export interface ClaudeModel {
  /** Whether it takes `temperature` other than 1, `top_p` and `top_k`. */
  readonly takesSampling: boolean;
  /** Whether it goes on with an assistant's message at the end of a chat. */
  readonly takesPrefill: boolean;
  /** Whether it can be made to call a tool. */
  readonly takesForcedTools: boolean;
  readonly canThink: boolean;
  /** Whether it decides itself how long to think, by an effort, and takes no budget. */
  readonly thinksAdaptively: boolean;
  /** Whether thinking can't be switched off. */
  readonly alwaysThinks: boolean;
  /** Whether it takes a JSON schema for its answer. */
  readonly takesSchema: boolean;
  /** Whether instructions may come in mid-conversation. */
  readonly takesLateSystem: boolean;
  /** The efforts that it knows beyond `high`. */
  readonly efforts: ReadonlySet<string>;
  /** The longest answer in tokens; undefined where it is not known. */
  readonly maxOutputTokens: number | undefined;
}

export function claudeModel(model: string, rules: ChatRules): ClaudeModel {
  const is = (name: string, otherwise: boolean): boolean => {
    const value = rules.fact(model, name);
    return typeof value === "boolean" ? value : otherwise;
  };
  const most = rules.fact(model, "max_output_tokens");
  const known = ["low", "medium", "high"];
  if (is("supports_xhigh_reasoning_effort", false)) known.push("xhigh");
  if (is("supports_max_reasoning_effort", false)) known.push("max");
  return {
    takesSampling: is("supports_sampling_params", true),
    takesPrefill: is("supports_assistant_prefill", false),
    takesForcedTools: is("supports_forced_tool_use", true),
    canThink: is("supports_reasoning", true),
    thinksAdaptively: is("supports_adaptive_thinking", false),
    alwaysThinks: is("thinking_always_on", false),
    takesSchema: is("supports_native_structured_output", false),
    takesLateSystem: is("supports_mid_conversation_system", false),
    efforts: new Set(upTo(known, rules.fact(model, "bedrock_output_config_effort_ceiling"))),
    maxOutputTokens: typeof most === "number" && most >= 1 ? Math.floor(most) : undefined,
  };
}

/** The efforts up to the highest that Bedrock takes for a model, where that is less than the model knows. */
function upTo(efforts: readonly string[], highest: unknown): readonly string[] {
  const last = efforts.findIndex((effort) => effort === highest);
  return last === -1 ? efforts : efforts.slice(0, last + 1);
}
