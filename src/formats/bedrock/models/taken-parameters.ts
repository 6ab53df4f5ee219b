import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { type ModelFamily, modelFamily } from "./model-family.ts";

const shared = [
  "max_completion_tokens",
  "max_tokens",
  "parallel_tool_calls",
  "response_format",
  "service_tier",
  "stop",
  "temperature",
  "tool_choice",
  "tools",
  "top_p",
];

const plain: ReadonlySet<string> = new Set(shared);
const thinking: ReadonlySet<string> = new Set([...shared, "reasoning_effort"]);
const searching: ReadonlySet<string> = new Set([...shared, "web_search_options"]);
const searchingAndThinking: ReadonlySet<string> = new Set([...shared, "web_search_options", "reasoning_effort"]);

const takenBy: Readonly<Record<ModelFamily, ReadonlySet<string>>> = {
  claude: thinking,
  nova: searching,
  "nova-2": searchingAndThinking,
  gpt: thinking,
  "gpt-oss": thinking,
  deepseek: thinking,
  // It thinks as it does.
  "deepseek-r1": plain,
  other: thinking,
};

/** OpenAI's parameters that a model on Bedrock can be told. */
export function takenParameters(model: string, { rules }: ChatTarget): ReadonlySet<string> {
  const family = modelFamily(model);
  return family === "other" && rules.fact(model, "supports_reasoning") === false ? plain : takenBy[family];
}
