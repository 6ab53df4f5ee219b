/** OpenAI's parameters that requests to Anthropic can carry. */
export const takenByAnthropic: ReadonlySet<string> = new Set([
  "max_completion_tokens",
  "max_tokens",
  "parallel_tool_calls",
  "reasoning_effort",
  "response_format",
  "service_tier",
  "stop",
  "temperature",
  "tool_choice",
  "tools",
  "top_p",
  "user",
  "web_search_options",
]);
