import type { JsonValue } from "../../core/provider.ts";
import { showNode, type MapEntry } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { nodeToJson } from "../tree/node-json.ts";
import { toBoolean, toNumber, warnOfUnderscores } from "../tree/scalar.ts";

/**
 * Request parameters that providers know. They serve to read numbers and booleans from the environment, where everything is text, and to tell a
 * parameter from a misspelt setting. Any other name in `litellm_params` is a parameter all the same.
 */
export const requestParameters: ReadonlyMap<string, "number" | "boolean" | "other"> = new Map([
  ...[
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "n",
    "seed",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "presence_penalty",
    "frequency_penalty",
    "repetition_penalty",
    "top_logprobs",
    "best_of",
    "dimensions",
    "num_ctx",
    "num_predict",
    "num_gpu",
    "num_thread",
  ].map((name) => [name, "number"] as const),
  ...["logprobs", "parallel_tool_calls", "store", "echo", "safe_prompt"].map((name) => [name, "boolean"] as const),
  ...[
    "stop",
    "user",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "response_format",
    "logit_bias",
    "metadata",
    "modalities",
    "audio",
    "prediction",
    "reasoning_effort",
    "reasoning",
    "thinking",
    "verbosity",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "web_search_options",
    "input_type",
    "encoding_format",
    "suffix",
    "provider",
    "models",
    "route",
    "transforms",
    "keep_alive",
    "think",
    "format",
    "options",
    "chat_template_kwargs",
    "enable_thinking",
    "safety_settings",
    "cache_control",
    "template",
    "system",
  ].map((name) => [name, "other"] as const),
]);

/** @returns A parameter's value. From the environment, which has only texts, a parameter that providers want as a number or boolean is made one. */
export function parameterValue(entry: MapEntry, entryPath: string, log: FindingLog): JsonValue {
  const node = entry.value;
  if (node.kind !== "scalar") return nodeToJson(node);
  if (typeof node.value === "number") {
    if (node.text.includes("_")) warnOfUnderscores(node, entryPath, log);
    if (!Number.isFinite(node.value)) log.problem(node.at, entryPath, `must be a number that JSON can hold, not ${showNode(node)}`);
  }
  if (node.origin === "environment") {
    const kind = requestParameters.get(entry.key);
    if (kind === "number") return toNumber(node) ?? nodeToJson(node);
    if (kind === "boolean") return toBoolean(node) ?? nodeToJson(node);
  }
  return nodeToJson(node);
}
