/**
 * Which provider a model name without a prefix belongs to. LiteLLM looks the name up in its list of models. Patterns give the same answers
 * for the names of that list, and also fit the models of next month.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/^\*$/, "openai"],
  [
    /^(?:gpt-|chatgpt-|o[1-9](?:-|$)|ft:(?:gpt|davinci|babbage|o[1-9])|codex-|computer-use-preview|gpt-image-|dall-e-|whisper-1$|tts-1|omni-moderation-)/,
    "openai",
  ],
  [/^text-embedding-(?:3-|ada-)/, "openai"],
  [/^(?:davinci-002|babbage-002|gpt-3\.5-turbo-instruct)/, "openai"],
  [/^claude-/, "anthropic"],
  [/^(?:command|c4ai-|embed-(?:english|multilingual|v[0-9])|rerank-)/, "cohere"],
  [/^jamba-/, "ai21_chat"],
  // LiteLLM chooses Vertex AI for these, not the Gemini API.
  [
    /^(?:gemini-|gemma-|chat-bison|text-bison|code-bison|codechat-bison|textembedding-gecko|text-embedding-0|text-multilingual-embedding-|imagen)/,
    "vertex_ai",
  ],
  [
    /^(?:(?:us|us-gov|eu|apac|global|jp|au|ca|in|sa)\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen|stability|twelvelabs|writer|xai|zai)\./,
    "bedrock",
  ],
  [/^ibm\/granite/, "watsonx"],
];

/** @returns A prefix, which may be of a provider that is known but not supported; undefined when no pattern fits. */
export function inferProvider(model: string): string | undefined {
  return patterns.find(([pattern]) => pattern.test(model))?.[1];
}
