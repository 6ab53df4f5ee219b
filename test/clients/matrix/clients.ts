import type { SetupPart } from "../../interop/support/setup-problem.ts";
import type { ScenarioName } from "./scenarios.ts";
import type { Upstream } from "./upstreams.ts";

/** An unmodified client, and what its program is. */
export interface Client {
  /** As people know it. */
  readonly title: string;
  /** The package whose version the matrix names. */
  readonly package: string;
  readonly speaks: "chat completions" | "Messages" | "Responses";
  /** The environment in which its program finds the router: what people set. */
  readonly settings: readonly [address: string, key: string];
  /** In `python/` or `node/`. */
  readonly program: string;
  /** The list that Python's packages are of. Default: the newest of them. */
  readonly list?: "requirements" | "requirements-older";
  /** It takes no names of models but those that it knows. */
  readonly knownNames?: true;
  /** What it cannot do, and why. Everything else has to work. */
  readonly limits?: readonly Limit[];
}

/** Something that a client cannot do: a footnote of the matrix. */
export interface Limit {
  /** Undefined: all. */
  readonly upstreams?: readonly Upstream["name"][];
  readonly scenarios: readonly ScenarioName[];
  readonly note: string;
}

/** The part of the setup that a program needs. */
export function partOf({ program }: Client): SetupPart {
  return program.startsWith("python/") ? "python-clients" : "node-clients";
}

/** An address ends in `/v1` where the package puts nothing but the operation behind it. */
const openAi = ["OPENAI_BASE_URL=ORIGIN/v1", "OPENAI_API_KEY=KEY"] as const;
const anthropic = ["ANTHROPIC_BASE_URL=ORIGIN", "ANTHROPIC_API_KEY=KEY"] as const;
const older = { list: "requirements-older" } as const;

export const clients: readonly Client[] = [
  { title: "Anthropic, Node", package: "@anthropic-ai/sdk", speaks: "Messages", settings: anthropic, program: "node/anthropic-newest.mjs" },
  {
    title: "the same by API version 2023-06-01",
    package: "@anthropic-ai/sdk",
    speaks: "Messages",
    settings: anthropic,
    program: "node/anthropic-2023.mjs",
  },
  { title: "Anthropic, Python", package: "anthropic", speaks: "Messages", settings: anthropic, program: "python/anthropic_sdk.py" },
  { title: "OpenAI, Node", package: "openai", speaks: "Responses", settings: openAi, program: "node/openai-responses.mjs" },
  { title: "OpenAI, Node", package: "openai", speaks: "chat completions", settings: openAi, program: "node/openai-chat.mjs" },
  { title: "OpenAI, Python", package: "openai", speaks: "Responses", settings: openAi, program: "python/openai_responses.py" },
  { title: "OpenAI, Python", package: "openai", speaks: "chat completions", settings: openAi, program: "python/openai_chat.py" },
  {
    title: "Vercel AI SDK, `openai()`",
    package: "@ai-sdk/openai",
    speaks: "Responses",
    settings: openAi,
    program: "node/ai-sdk-openai.mjs",
  },
  {
    title: "Vercel AI SDK, `openai.chat()`",
    package: "@ai-sdk/openai",
    speaks: "chat completions",
    settings: openAi,
    program: "node/ai-sdk-openai-chat.mjs",
  },
  {
    title: "Vercel AI SDK, `anthropic()`",
    package: "@ai-sdk/anthropic",
    speaks: "Messages",
    settings: ["ANTHROPIC_BASE_URL=ORIGIN/v1", "ANTHROPIC_API_KEY=KEY"],
    program: "node/ai-sdk-anthropic.mjs",
  },
  { title: "OpenAI Agents SDK, Node", package: "@openai/agents", speaks: "Responses", settings: openAi, program: "node/openai-agents.mjs" },
  {
    title: "OpenAI Agents SDK, Python",
    package: "openai-agents",
    speaks: "Responses",
    settings: openAi,
    program: "python/openai_agents_sdk.py",
  },
  {
    title: "LangChain, `ChatAnthropic`",
    package: "langchain-anthropic",
    speaks: "Messages",
    settings: anthropic,
    program: "python/langchain_anthropic_model.py",
  },
  {
    title: "LangChain, `ChatOpenAI(use_responses_api=True)`",
    package: "langchain-openai",
    speaks: "Responses",
    settings: openAi,
    program: "python/langchain_responses_model.py",
  },
  {
    title: "LangChain, `ChatOpenAI`",
    package: "langchain-openai",
    speaks: "chat completions",
    settings: openAi,
    program: "python/langchain_chat_model.py",
  },
  {
    title: "LlamaIndex, `Anthropic`",
    package: "llama-index-llms-anthropic",
    speaks: "Messages",
    settings: anthropic,
    program: "python/llama_index_anthropic.py",
    ...older,
    knownNames: true,
    limits: [
      {
        upstreams: ["anthropic", "bedrock"],
        scenarios: ["structured"],
        note: "It asks with a `tool_choice` that has no type, which goes to Claude as it came, and which Anthropic refuses.",
      },
    ],
  },
  {
    title: "LlamaIndex, `OpenAIResponses`",
    package: "llama-index-llms-openai",
    speaks: "Responses",
    settings: ["OPENAI_API_BASE=ORIGIN/v1", "OPENAI_API_KEY=KEY"],
    program: "python/llama_index_responses.py",
    ...older,
  },
  {
    title: "LlamaIndex, `OpenAILike`",
    package: "llama-index-llms-openai-like",
    speaks: "chat completions",
    settings: ["OPENAI_API_BASE=ORIGIN/v1", "OPENAI_API_KEY=KEY"],
    program: "python/llama_index_chat.py",
    ...older,
  },
  {
    title: "pydantic-ai, `AnthropicModel`",
    package: "pydantic-ai-slim",
    speaks: "Messages",
    settings: anthropic,
    program: "python/pydantic_ai_anthropic.py",
  },
  {
    title: "pydantic-ai, `OpenAIResponsesModel`",
    package: "pydantic-ai-slim",
    speaks: "Responses",
    settings: openAi,
    program: "python/pydantic_ai_responses.py",
  },
  {
    title: "pydantic-ai, `OpenAIChatModel`",
    package: "pydantic-ai-slim",
    speaks: "chat completions",
    settings: openAi,
    program: "python/pydantic_ai_chat.py",
  },
  {
    title: "instructor",
    package: "instructor",
    speaks: "chat completions",
    settings: openAi,
    program: "python/instructor_client.py",
    ...older,
  },
  {
    title: "LiteLLM's SDK, `litellm_proxy/…`",
    package: "litellm",
    speaks: "chat completions",
    settings: ["LITELLM_PROXY_API_BASE=ORIGIN/v1", "LITELLM_PROXY_API_KEY=KEY"],
    program: "python/litellm_chat.py",
    ...older,
  },
  {
    title: "LiteLLM's SDK, `anthropic/…`",
    package: "litellm",
    speaks: "Messages",
    settings: anthropic,
    program: "python/litellm_anthropic.py",
    ...older,
  },
];
