/** What may serve in place of a provider that is not spoken to. */
interface Instead {
  /** `<model>` stands for the model's name. */
  readonly advice: string;
  /** The models that it serves too. Undefined for all of them. */
  readonly models?: RegExp;
}

const byGemini: Instead = { advice: "gemini/<model> with a Gemini API key", models: /^gem(?:ini|ma)-/ };
const atItsAddress: Instead = { advice: "openai/<model> with the server's api_base" };

/**
 * Prefixes that LiteLLM knows and that lead to APIs of their own kind; each with what may serve instead, where there is something. An advice
 * names the same company or the user's own server: a key must not end up with somebody else.
 */
export const unsupportedProviders: ReadonlyMap<string, Instead | undefined> = new Map<string, Instead | undefined>([
  ["palm", byGemini],
  ["anthropic_text", { advice: "anthropic/<model>" }],
  ["vllm", { advice: "hosted_vllm/<model>" }],
  ["custom", atItsAddress],
  ["oobabooga", atItsAddress],
  ...[
    "aiohttp_openai",
    "aleph_alpha",
    "auto_router",
    "aws_polly",
    "azure_ai_agents",
    "bytez",
    "chatgpt",
    "complexity_router",
    "deepgram",
    "elevenlabs",
    "fal_ai",
    "gdc",
    "gigachat",
    "github_copilot",
    "nlp_cloud",
    "oci",
    "petals",
    "predibase",
    "recraft",
    "replicate",
    "runwayml",
    "sagemaker",
    "sagemaker_chat",
    "sap",
    "scaledown",
    "soniox",
    "stability",
    "text-completion-codestral",
    "topaz",
    "triton",
    "watsonx",
    "watsonx_text",
  ].map((name) => [name, undefined] as const),
]);
