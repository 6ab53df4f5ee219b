import { RouterError } from "../src/core/errors.ts";
import type { Deployment } from "../src/core/deployment.ts";
import type { JsonMembers, JsonValue } from "../src/core/provider.ts";
import { loadConfig } from "../src/config/load/load-config.ts";
import { chatParameters } from "../src/formats/kit/chat/chat-rules.ts";
import { readCall } from "../src/formats/openai/request/read-call.ts";
import { providerRegistry } from "../src/providers/index.ts";
import { strategies } from "../src/strategies/index.ts";

/** Whose models are asked, and how their column is called. */
const columns: Readonly<Record<string, JsonMembers>> = {
  "Claude, by Anthropic": { model: "anthropic/claude-haiku-4-5" },
  "Claude 5.5, by Anthropic": { model: "anthropic/claude-opus-5-5" },
  "Gemini 2.5": { model: "gemini/gemini-2.5-flash" },
  "Gemini 3": { model: "gemini/gemini-3-flash-preview" },
  "Claude, by Bedrock": { model: "bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0", aws_region_name: "eu-central-1" },
  "Nova, by Bedrock": { model: "bedrock/amazon.nova-pro-v1:0", aws_region_name: "us-east-1" },
};

const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: { a: { type: "string" } } } } }];

/** A value of each parameter that says more than what is so without it. Those that are not here are numbers of one half. */
const values: Readonly<Record<string, JsonValue>> = {
  audio: { voice: "alloy", format: "wav" },
  function_call: "auto",
  functions: [{ name: "f" }],
  logit_bias: { "1": 1 },
  logprobs: true,
  max_completion_tokens: 2000,
  max_tokens: 2000,
  metadata: { a: "b" },
  modalities: ["text", "audio"],
  n: 2,
  parallel_tool_calls: false,
  prediction: { type: "content", content: "a" },
  prompt_cache_key: "a",
  prompt_cache_retention: "24h",
  reasoning_effort: "low",
  response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object", properties: { a: { type: "string" } } } } },
  safety_identifier: "a",
  seed: 1,
  service_tier: "default",
  stop: ["a"],
  store: true,
  stream_options: { include_usage: true },
  tool_choice: "required",
  tools,
  top_logprobs: 2,
  user: "a",
  verbosity: "low",
  web_search_options: {},
};

/** What a parameter means nothing without. */
const companions: Readonly<Record<string, JsonMembers>> = {
  function_call: { functions: [{ name: "f" }] },
  parallel_tool_calls: { tools },
  stream_options: { stream: true },
  tool_choice: { tools },
  top_logprobs: { logprobs: true },
};

/** Writes the table of what becomes of OpenAI's parameters, by asking a deployment of each kind. */
export async function parameterTable(): Promise<string> {
  const deployments = await deploymentsOf(Object.values(columns));
  const rows = [...chatParameters].sort().map((name) => {
    const outcomes = deployments.map((deployment) => outcomeOf(name, deployment));
    return `| \`${name}\` | ${outcomes.join(" | ")} |`;
  });
  return [`| parameter | ${Object.keys(columns).join(" | ")} |`, `|---|${"---|".repeat(deployments.length)}`, ...rows].join("\n");
}

async function deploymentsOf(all: readonly JsonMembers[]): Promise<readonly Deployment[]> {
  const list = all.map((params) => ({ model_name: "m", litellm_params: { ...params, api_key: "none" } }));
  const { config, problems } = await loadConfig("table.yaml", {
    env: {},
    readFile: () => Promise.resolve(JSON.stringify({ model_list: list })),
    skipInvalid: false,
    providers: providerRegistry,
    strategies,
    importStrategy: () => Promise.reject(new Error("there is none")),
  });
  if (config === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return config.source.deployments;
}

function outcomeOf(name: string, { adapter, upstreamModel }: Deployment): string {
  const members = { model: "m", messages: [{ role: "user", content: "hi" }], ...companions[name], [name]: values[name] ?? 0.5 };
  const call = readCall(Buffer.from(JSON.stringify(members)), {
    endpoint: "chat",
    pathModel: undefined,
    callId: "1",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    now: 0,
  });
  if (!call.ok) throw call.error;
  const request = adapter.encode(call.value, upstreamModel);
  if (request instanceof RouterError) return "refused";
  return request.adjusted?.includes(name) === true ? "changed or left out" : "taken";
}
