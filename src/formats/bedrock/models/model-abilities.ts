import type { ChatRules } from "../../kit/chat/chat-rules.ts";
import { type ClaudeModel, claudeModel } from "../../kit/claude/claude-model.ts";
import { type ModelFamily, modelFamily } from "./model-family.ts";

/** What a model on Bedrock can do. */
export interface ModelAbilities {
  readonly family: ModelFamily;
  /** Undefined for models of others. */
  readonly claude: ClaudeModel | undefined;
  /** Whether it takes `temperature` other than 1, `top_p` and `top_k`. */
  readonly takesSampling: boolean;
  /** Whether it goes on with an assistant's message at the end of a chat. */
  readonly takesPrefill: boolean;
  /** Whether it can be told how to choose among its tools. */
  readonly takesToolChoice: boolean;
  /** Whether it can be made to call one. */
  readonly takesForcedTools: boolean;
  /** Whether it can be told to call one tool at a time. */
  readonly takesSingleCalls: boolean;
  readonly takesStrictTools: boolean;
  readonly takesCachePoints: boolean;
  /** Whether a tool may be followed by a mark of the cache. */
  readonly takesToolCachePoints: boolean;
  /** Whether what is cached may be kept for an hour. */
  readonly keepsCacheLong: boolean;
  /** Whether results of tools may hold images; otherwise these stand beside the results. */
  readonly takesResultImages: boolean;
  readonly takes: Readonly<Record<"image" | "document" | "audio" | "video", boolean>>;
  /** Whether it takes a JSON schema for its answer: always, while it thinks as well, only where it can't be made to call a tool, or never. */
  readonly schema: "always" | "when-thinking" | "when-unforced" | "never";
}

/** The model that was asked for last, by its deployment's rules: nearly all deployments have but one. */
const lastAsked = new WeakMap<ChatRules, { readonly model: string; readonly abilities: ModelAbilities }>();

export function modelAbilities(model: string, rules: ChatRules): ModelAbilities {
  const last = lastAsked.get(rules);
  if (last?.model === model) return last.abilities;
  const abilities = readAbilities(model, rules);
  lastAsked.set(rules, { model, abilities });
  return abilities;
}

function readAbilities(model: string, rules: ChatRules): ModelAbilities {
  const family = modelFamily(model);
  const claude = family === "claude" ? claudeModel(model, rules) : undefined;
  const is = (name: string, otherwise: boolean): boolean => {
    const value = rules.fact(model, name);
    return typeof value === "boolean" ? value : otherwise;
  };
  const isNova = family === "nova" || family === "nova-2";
  const takesToolChoice = is("supports_tool_choice", true);
  const takesCachePoints = is("supports_prompt_caching", claude !== undefined || isNova);
  return {
    family,
    claude,
    takesSampling: is("supports_sampling_params", true),
    takesPrefill: claude?.takesPrefill ?? is("supports_assistant_prefill", true),
    takesToolChoice,
    takesForcedTools: takesToolChoice && (claude?.takesForcedTools ?? true),
    takesSingleCalls: claude !== undefined && is("supports_parallel_tool_use_config", true),
    takesStrictTools: is("bedrock_converse_supports_strict_tools", is("supports_native_structured_output", false)),
    takesCachePoints,
    takesToolCachePoints: takesCachePoints && !isNova,
    keepsCacheLong: typeof rules.fact(model, "cache_creation_input_token_cost_above_1hr") === "number",
    takesResultImages: is("supports_bedrock_converse_tool_result_images", true),
    takes: {
      image: is("supports_vision", true),
      document: is("supports_pdf_input", true),
      audio: is("supports_audio_input", claude === undefined),
      video: is("supports_video_input", claude === undefined),
    },
    schema: schemaOf(is, claude),
  };
}

function schemaOf(is: (name: string, otherwise: boolean) => boolean, claude: ClaudeModel | undefined): ModelAbilities["schema"] {
  if (is("supports_native_structured_output", false) || is("supports_bedrock_native_structured_output_by_default", false)) return "always";
  if (is("supports_bedrock_native_structured_output", false)) return "when-thinking";
  const isUnforced = claude !== undefined && !claude.takesForcedTools;
  return isUnforced && is("supports_bedrock_native_structured_output", true) ? "when-unforced" : "never";
}
