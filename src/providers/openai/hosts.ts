import { host, type Host, usual } from "./host.ts";

/** Parameters that only OpenAI itself and its closest imitators know. */
const openAiOnly = [
  "store",
  "metadata",
  "service_tier",
  "prediction",
  "modalities",
  "audio",
  "web_search_options",
  "verbosity",
  "safety_identifier",
  "prompt_cache_key",
];
const noPenalties = ["frequency_penalty", "presence_penalty"];
const ragflowModel = /^(chat|agent)\/([^/]+)\/(.+)$/;
const noLogprobs = ["logprobs", "top_logprobs"];

/** Of hosts that refuse members of messages which OpenAI's API does not have. */
const strict = { strictMessages: true };

/**
 * All hosts that speak OpenAI's format. To add one: a row. The prefixes, variables and most addresses are LiteLLM's, so that its
 * configurations work unchanged.
 */
export const hosts: readonly Host[] = [
  host("openai", "https://api.openai.com/v1", ["OPENAI_API_KEY"], {
    apiBaseVariables: ["OPENAI_BASE_URL", "OPENAI_API_BASE"],
    messages: strict,
    responses: true,
  }),
  host("text-completion-openai", "https://api.openai.com/v1", ["OPENAI_API_KEY"], {
    apiBaseVariables: ["OPENAI_BASE_URL", "OPENAI_API_BASE"],
    prompts: true,
    outputCap: "max_tokens",
  }),
  // Any other server that speaks the format, at the address that the configuration gives.
  host("openai_like", undefined, ["OPENAI_LIKE_API_KEY"], {
    alsoPrefixes: ["custom_openai"],
    apiBaseVariables: ["OPENAI_LIKE_API_BASE"],
    keyless: true,
  }),
  host("groq", "https://api.groq.com/openai/v1", ["GROQ_API_KEY"], {
    messages: strict,
    apiBaseVariables: ["GROQ_API_BASE"],
    apiPath: "/openai/v1",
    refuses: ["logit_bias", ...noLogprobs, "store", "prediction", "modalities", "audio", "web_search_options", "verbosity"],
  }),
  host(
    "together_ai",
    "https://api.together.xyz/v1",
    ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"],
    {
      apiBaseVariables: ["TOGETHER_AI_API_BASE"],
      litellmBase: "https://api.together.ai/v1",
      refuses: openAiOnly,
    },
  ),
  host("mistral", "https://api.mistral.ai/v1", ["MISTRAL_API_KEY"], {
    messages: { ...strict, shortToolIds: true },
    answersInParts: true,
    apiBaseVariables: ["MISTRAL_API_BASE"],
    apiPath: "/v1",
    refuses: ["logit_bias", "seed", "user", "max_completion_tokens", "stream_options", ...noLogprobs, ...openAiOnly],
    // Its last chunk has the usage in any case.
    refusesUsageOption: true,
  }),
  host("codestral", "https://codestral.mistral.ai/v1", ["CODESTRAL_API_KEY"], {
    messages: { ...strict, shortToolIds: true },
    answersInParts: true,
    apiBaseVariables: ["CODESTRAL_API_BASE"],
    refusesUsageOption: true,
  }),
  host("deepseek", "https://api.deepseek.com/v1", ["DEEPSEEK_API_KEY"], {
    apiBaseVariables: ["DEEPSEEK_API_BASE"],
    litellmBase: "https://api.deepseek.com/beta",
    messagesPath: "/anthropic/v1/messages",
    refuses: ["logit_bias", "n", "seed", "user", "parallel_tool_calls", ...openAiOnly],
  }),
  host(
    "fireworks_ai",
    "https://api.fireworks.ai/inference/v1",
    ["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"],
    {
      apiBaseVariables: ["FIREWORKS_API_BASE"],
      refuses: openAiOnly,
      modelPrefix: "accounts/fireworks/models/",
      responses: true,
    },
  ),
  host("openrouter", "https://openrouter.ai/api/v1", ["OPENROUTER_API_KEY", "OR_API_KEY"], {
    apiBaseVariables: ["OPENROUTER_API_BASE"],
    apiPath: "/api/v1",
    responses: true,
  }),
  host("xai", "https://api.x.ai/v1", ["XAI_API_KEY"], { apiBaseVariables: ["XAI_API_BASE"], apiPath: "/v1", responses: true }),
  host("perplexity", "https://api.perplexity.ai", ["PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"], {
    apiBaseVariables: ["PERPLEXITY_API_BASE"],
    refusesUsageOption: true,
    refuses: ["logit_bias", "n", "seed", "stop", "user", "tools", "tool_choice", "parallel_tool_calls", ...noLogprobs, ...openAiOnly],
  }),
  host("cerebras", "https://api.cerebras.ai/v1", ["CEREBRAS_API_KEY"], {
    messages: strict,
    apiBaseVariables: ["CEREBRAS_API_BASE"],
    refuses: [...noPenalties, "logit_bias", ...openAiOnly],
  }),
  host("nvidia_nim", "https://integrate.api.nvidia.com/v1", ["NVIDIA_NIM_API_KEY", "NVIDIA_API_KEY"], {
    apiBaseVariables: ["NVIDIA_NIM_API_BASE"],
    refuses: openAiOnly,
  }),
  host("sambanova", "https://api.sambanova.ai/v1", ["SAMBANOVA_API_KEY"], {
    apiBaseVariables: ["SAMBANOVA_API_BASE"],
    refuses: openAiOnly,
  }),
  host("cohere", "https://api.cohere.ai/compatibility/v1", ["COHERE_API_KEY", "CO_API_KEY"], {
    alsoPrefixes: ["cohere_chat"],
    apiBaseVariables: ["COHERE_API_BASE"],
    apiPath: "/compatibility/v1",
    // The newer version has no documents in its answers, and refuses to be asked for them.
    rerankPath: ({ body }) =>
      body.members.some(({ key }) => key === "return_documents" || key === "rank_fields") ? "/v1/rerank" : "/v2/rerank",
    refuses: ["logit_bias", "n", "user", "parallel_tool_calls", "top_logprobs", "dimensions", ...openAiOnly],
  }),
  host(
    "cloudflare",
    "https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1",
    ["CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN"],
    {
      apiBaseVariables: ["CLOUDFLARE_API_BASE"],
      nativePath: { pattern: /\/ai\/run$/, instead: "/ai/v1" },
    },
  ),
  host("github", "https://models.github.ai/inference", ["GITHUB_API_KEY", "GITHUB_TOKEN"], {
    apiBaseVariables: ["GITHUB_API_BASE"],
    litellmBase: "https://models.inference.ai.azure.com",
  }),
  host("ai21_chat", "https://api.ai21.com/studio/v1", ["AI21_API_KEY"], { alsoPrefixes: ["ai21"], apiBaseVariables: ["AI21_API_BASE"] }),
  host("anyscale", "https://api.endpoints.anyscale.com/v1", ["ANYSCALE_API_KEY"], { apiBaseVariables: ["ANYSCALE_API_BASE"] }),
  host("baseten", "https://inference.baseten.co/v1", ["BASETEN_API_KEY"], { apiBaseVariables: ["BASETEN_API_BASE"] }),
  host("dashscope", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", ["DASHSCOPE_API_KEY"], {
    apiBaseVariables: ["DASHSCOPE_API_BASE"],
    litellmBase: "https://dashscope.aliyuncs.com/compatible-mode/v1",
  }),
  host("databricks", undefined, ["DATABRICKS_API_KEY", "DATABRICKS_TOKEN"], {
    apiBaseVariables: ["DATABRICKS_API_BASE"],
    apiPath: "/serving-endpoints",
  }),
  host("deepinfra", "https://api.deepinfra.com/v1/openai", ["DEEPINFRA_API_KEY"], {
    apiBaseVariables: ["DEEPINFRA_API_BASE"],
    apiPath: "/v1/openai",
  }),
  host("featherless_ai", "https://api.featherless.ai/v1", ["FEATHERLESS_AI_API_KEY", "FEATHERLESS_API_KEY"], {
    apiBaseVariables: ["FEATHERLESS_API_BASE"],
  }),
  host("friendliai", "https://api.friendli.ai/serverless/v1", ["FRIENDLIAI_API_KEY", "FRIENDLI_TOKEN"], {
    apiBaseVariables: ["FRIENDLI_API_BASE"],
  }),
  host("hyperbolic", "https://api.hyperbolic.xyz/v1", ["HYPERBOLIC_API_KEY"], { apiBaseVariables: ["HYPERBOLIC_API_BASE"] }),
  host("jina_ai", "https://api.jina.ai/v1", ["JINA_AI_API_KEY", "JINA_AI_TOKEN"], { apiBaseVariables: ["JINA_AI_API_BASE"] }),
  host("lambda_ai", "https://api.lambda.ai/v1", ["LAMBDA_API_KEY"], { apiBaseVariables: ["LAMBDA_API_BASE"] }),
  host("meta_llama", "https://api.llama.com/compat/v1", ["LLAMA_API_KEY"], { apiBaseVariables: ["LLAMA_API_BASE"], refuses: openAiOnly }),
  host("moonshot", "https://api.moonshot.ai/v1", ["MOONSHOT_API_KEY"], {
    apiBaseVariables: ["MOONSHOT_API_BASE"],
    messagesPath: "/anthropic/v1/messages",
  }),
  host("morph", "https://api.morphllm.com/v1", ["MORPH_API_KEY"], { apiBaseVariables: ["MORPH_API_BASE"] }),
  host("nebius", "https://api.studio.nebius.ai/v1", ["NEBIUS_API_KEY"], { apiBaseVariables: ["NEBIUS_API_BASE"] }),
  host("novita", "https://api.novita.ai/v3/openai", ["NOVITA_API_KEY"], { apiBaseVariables: ["NOVITA_API_BASE"] }),
  host("nscale", "https://inference.api.nscale.com/v1", ["NSCALE_API_KEY"], { apiBaseVariables: ["NSCALE_API_BASE"] }),
  host("vercel_ai_gateway", "https://ai-gateway.vercel.sh/v1", ["VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"], {
    apiBaseVariables: ["VERCEL_AI_GATEWAY_API_BASE"],
    responses: true,
  }),
  host("volcengine", "https://ark.cn-beijing.volces.com/api/v3", ["VOLCENGINE_API_KEY", "ARK_API_KEY"], {
    apiBaseVariables: ["VOLCENGINE_API_BASE"],
  }),
  host("voyage", "https://api.voyageai.com/v1", ["VOYAGE_API_KEY"], { apiBaseVariables: ["VOYAGE_API_BASE"], refuses: ["user"] }),
  host("xinference", "http://127.0.0.1:9997/v1", ["XINFERENCE_API_KEY"], {
    apiBaseVariables: ["XINFERENCE_API_BASE"],
    keyless: true,
    apiPath: "/v1",
  }),
  host("litellm_proxy", undefined, ["LITELLM_PROXY_API_KEY"], { apiBaseVariables: ["LITELLM_PROXY_API_BASE"], keyless: true }),
  usual("clarifai", "https://api.clarifai.com/v2/ext/openai/v1", {
    refuses: ["parallel_tool_calls", "seed", "n", "stop", "logit_bias", ...noLogprobs],
  }),
  host("datarobot", "https://app.datarobot.com/api/v2/genai/llmgw", ["DATAROBOT_API_TOKEN"], {
    apiBaseVariables: ["DATAROBOT_ENDPOINT"],
    nativePath: { pattern: /\/api\/v2$/, instead: "/api/v2/genai/llmgw" },
  }),
  usual("docker_model_runner", "http://localhost:22088/engines/llama.cpp/v1", {
    keyless: true,
    nativePath: { pattern: /(\/engines\/[^/]+)$/, instead: "$1/v1" },
  }),
  usual("gradient_ai", "https://inference.do-ai.run/v1", {
    apiPath: "/v1",
    refuses: ["tools", "tool_choice", "parallel_tool_calls", "response_format", "seed", "n", "logit_bias", ...noLogprobs],
  }),
  host("heroku", undefined, ["HEROKU_API_KEY"], { apiBaseVariables: ["HEROKU_API_BASE"], apiPath: "/v1" }),
  host("huggingface", "https://router.huggingface.co/v1", ["HF_TOKEN", "HUGGINGFACE_API_KEY"], {
    apiBaseVariables: ["HF_API_BASE", "HUGGINGFACE_API_BASE"],
    apiPath: "/v1",
    // LiteLLM writes PROVIDER/org/model, the router org/model:PROVIDER.
    modelName: (model) => model.replace(/^([^/]+)\/([^/]+\/[^/:]+)$/, "$2:$1"),
  }),
  host("infinity", undefined, ["INFINITY_API_KEY"], { apiBaseVariables: ["INFINITY_API_BASE"], keyless: true }),
  usual("lemonade", "http://localhost:8000/api/v1", { keyless: true, apiPath: "/api/v1" }),
  usual("abliteration", "https://api.abliteration.ai/v1"),
  usual("aiand", "https://api.aiand.com/v1"),
  usual("aihubmix", "https://aihubmix.com/v1"),
  usual("aiml", "https://api.aimlapi.com/v1"),
  usual("amazon_nova", "https://api.nova.amazon.com/v1", {
    refuses: ["parallel_tool_calls", "response_format", "seed", "n", "logit_bias", ...noPenalties, ...noLogprobs],
  }),
  usual("apertis", "https://api.stima.tech/v1", { apiKeyVariables: ["STIMA_API_KEY"], outputCap: "max_tokens" }),
  usual("assemblyai", "https://llm-gateway.assemblyai.com/v1"),
  usual("bigmodel", "https://open.bigmodel.cn/api/paas/v4", {
    refuses: ["parallel_tool_calls", "seed", "n", "logit_bias", ...noPenalties, ...noLogprobs],
  }),
  usual("charity_engine", "https://api.charityengine.services/remotejobs/v2/inference", { outputCap: "max_tokens" }),
  usual("chutes", "https://llm.chutes.ai/v1", { outputCap: "max_tokens" }),
  usual("clf_ai_gateway", "https://api.clfaigateway.dev/v1"),
  usual("cognition", "https://api.cognition.ai/v1"),
  usual("cometapi", "https://api.cometapi.com/v1", { apiKeyVariables: ["COMETAPI_KEY", "COMETAPI_API_KEY"] }),
  usual("compactifai", "https://api.compactif.ai/v1"),
  usual("coralbricks", "https://inference.coralbricks.ai/v1"),
  usual("cortecs", "https://api.cortecs.ai/v1"),
  usual("crusoe", "https://api.inference.crusoecloud.com/v1", { outputCap: "max_tokens" }),
  usual("darkbloom", "https://api.darkbloom.dev/v1", { outputCap: "max_tokens" }),
  usual("edenai", "https://api.edenai.run/v3"),
  usual("empiriolabs", "https://api.empiriolabs.ai/v1", { outputCap: "max_tokens" }),
  usual("empower", "https://app.empower.dev/api/v1"),
  usual("galadriel", "https://api.galadriel.com/v1"),
  usual("gmi", "https://api.gmi-serving.com/v1"),
  usual("helicone", "https://ai-gateway.helicone.ai"),
  usual("hostinger_router", "https://router.hostinger.com/v1"),
  usual("inception", "https://api.inceptionlabs.ai/v1", {
    refuses: ["parallel_tool_calls", "seed", "n", "logit_bias", "top_p", ...noPenalties, ...noLogprobs],
  }),
  usual("inferenceapis", "https://api.inferenceapis.com/v1"),
  usual("kyma", "https://kymaapi.com/v1"),
  usual("libertai", "https://api.libertai.io/v1", { outputCap: "max_tokens" }),
  usual("llamagate", "https://api.llamagate.dev/v1", { outputCap: "max_tokens" }),
  usual("maritalk", "https://chat.maritaca.ai/api", {
    refuses: ["max_completion_tokens", "parallel_tool_calls", "response_format", "seed", "logit_bias", ...noLogprobs],
  }),
  usual("meta", "https://api.meta.ai/v1"),
  usual("minimax", "https://api.minimax.io/v1", { messagesPath: "/anthropic/v1/messages" }),
  usual("modelscope", "https://api-inference.modelscope.cn/v1"),
  usual("nadir", "https://api.getnadir.com/v1", {
    refuses: [
      "stream_options",
      "max_completion_tokens",
      "tools",
      "tool_choice",
      "parallel_tool_calls",
      "seed",
      "n",
      "stop",
      "logit_bias",
      ...noLogprobs,
    ],
  }),
  usual("nano-gpt", "https://nano-gpt.com/api/v1", { apiKeyVariables: ["NANOGPT_API_KEY"], outputCap: "max_tokens" }),
  usual("neosantara", "https://api.neosantara.xyz/v1", { outputCap: "max_tokens" }),
  usual("opencode_go", "https://opencode.ai/inference/go/openai/v1", { apiKeyVariables: ["OPENCODE_API_KEY"] }),
  usual("openinfer", "https://api.openinfer.ai/v1"),
  usual("ovhcloud", "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1"),
  usual("parasail", "https://api.parasail.io/v1"),
  usual("pinstripes", "https://pinstripes.io/v1", { outputCap: "max_tokens" }),
  usual("poe", "https://api.poe.com/v1", { outputCap: "max_tokens" }),
  usual("prism", "https://api.prisminference.com/v1"),
  usual("publicai", "https://api.publicai.co/v1", { outputCap: "max_tokens" }),
  usual("qwen_ai_platform", "https://dashscope.aliyuncs.com/compatible-mode/v1"),
  usual("qwencloud", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"),
  host("ragflow", undefined, ["RAGFLOW_API_KEY"], {
    apiBaseVariables: ["RAGFLOW_API_BASE"],
    nativePath: { pattern: /(?:\/api)?(?:\/v1)?$/, instead: "" },
    // LiteLLM writes chat/ID/MODEL and agent/ID/MODEL.
    modelPath: (model) => {
      const [, kind, id = ""] = ragflowModel.exec(model) ?? [];
      return kind === undefined ? "" : `/api/v1/${kind}s_openai/${encodeURIComponent(id)}`;
    },
    modelName: (model) => ragflowModel.exec(model)?.[3] ?? model,
  }),
  usual("refuseless", "https://api.refuseless.com/v1"),
  usual("reka", "https://api.reka.ai/v1"),
  usual("sail", "https://api.sailresearch.com/v1", { refuses: ["seed", "stop", "logit_bias", ...noPenalties, ...noLogprobs] }),
  usual("sarvam", "https://api.sarvam.ai/v1", { outputCap: "max_tokens", keyHeader: "api-subscription-key" }),
  usual("scaleway", "https://api.scaleway.ai/v1", { apiKeyVariables: ["SCW_SECRET_KEY"] }),
  usual("scx-ai", "https://api.scx.ai/v1", { apiKeyVariables: ["SCX_API_KEY"], outputCap: "max_tokens" }),
  host("snowflake", "https://{SNOWFLAKE_ACCOUNT_ID}.snowflakecomputing.com/api/v2/cortex/v1", ["SNOWFLAKE_JWT"], {
    apiBaseVariables: ["SNOWFLAKE_API_BASE"],
    apiPath: "/api/v2/cortex/v1",
    nativePath: { pattern: /\/api\/v2(?:\/cortex\/inference:complete)?$/, instead: "/api/v2/cortex/v1" },
    outputCap: "max_completion_tokens",
    // LiteLLM marks a programmatic access token by `pat/`.
    credentials: (key) => ({
      authorization: `Bearer ${key.replace(/^pat\//, "")}`,
      "x-snowflake-authorization-token-type": key.startsWith("pat/") ? "PROGRAMMATIC_ACCESS_TOKEN" : "KEYPAIR_JWT",
    }),
  }),
  usual("streamlake", "https://vanchin.streamlake.ai/api/gateway/v1/endpoints", { outputCap: "max_completion_tokens" }),
  usual("synthetic", "https://api.synthetic.new/openai/v1", { outputCap: "max_tokens" }),
  usual("tencent", "https://tokenhub-intl.tencentcloudmaas.com/v1"),
  usual("tensormesh", "https://serverless.tensormesh.ai/v1", {
    apiKeyVariables: ["TENSORMESH_INFERENCE_API_KEY"],
    outputCap: "max_tokens",
  }),
  usual("v0", "https://api.v0.dev/v1"),
  usual("veniceai", "https://api.venice.ai/api/v1", { apiKeyVariables: ["VENICE_AI_API_KEY"] }),
  usual("wally", "https://inference.runanywhere.ai/v1"),
  usual("wandb", "https://api.inference.wandb.ai/v1"),
  usual("xiaomi_mimo", "https://api.xiaomimimo.com/v1", { outputCap: "max_tokens" }),
  usual("zai", "https://api.z.ai/api/paas/v4", {
    messagesPath: "/api/anthropic/v1/messages",
    refuses: ["parallel_tool_calls", "seed", "n", "logit_bias", ...noPenalties, ...noLogprobs],
  }),
  usual("zerogpu", "https://api.zerogpu.ai/v1"),
  // Servers on one's own machine.
  host("hosted_vllm", undefined, ["HOSTED_VLLM_API_KEY"], {
    apiBaseVariables: ["HOSTED_VLLM_API_BASE"],
    keyless: true,
    apiPath: "/v1",
    continuation: "vllm",
  }),
  host("lm_studio", "http://localhost:1234/v1", ["LM_STUDIO_API_KEY"], {
    apiBaseVariables: ["LM_STUDIO_API_BASE"],
    keyless: true,
    apiPath: "/v1",
  }),
  host("llamafile", "http://127.0.0.1:8080/v1", ["LLAMAFILE_API_KEY"], {
    apiBaseVariables: ["LLAMAFILE_API_BASE"],
    keyless: true,
    apiPath: "/v1",
  }),
  host("ollama", "http://localhost:11434/v1", ["OLLAMA_API_KEY"], {
    alsoPrefixes: ["ollama_chat"],
    apiBaseVariables: ["OLLAMA_API_BASE"],
    keyless: true,
    apiPath: "/v1",
    refuses: ["logit_bias", "n", "user", "tool_choice", "parallel_tool_calls", ...noLogprobs, ...openAiOnly],
  }),
];
