import assert from "node:assert/strict";
import { test } from "node:test";
import { providerRegistry } from "../../../src/providers/index.ts";
import { load, told } from "../support/load.ts";

/** Keys as they stand in the environment of who runs such files. */
const env = {
  ANTHROPIC_API_KEY: "sk-ant",
  GEMINI_API_KEY: "AIza",
  AZURE_AI_API_KEY: "key",
  AZURE_AI_API_BASE: "https://people.services.ai.azure.com",
  AWS_ACCESS_KEY_ID: "AKIDPEOPLE",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_REGION_NAME: "us-east-1",
  AWS_BEARER_TOKEN_BEDROCK: "bearer",
  VERTEXAI_PROJECT: "project-of-people",
  VERTEXAI_LOCATION: "europe-west1",
};

const account = JSON.stringify({
  type: "service_account",
  project_id: "project-of-people",
  client_email: "router@project-of-people.iam.gserviceaccount.com",
  private_key: "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n",
  private_key_id: "1",
  token_uri: "https://oauth2.googleapis.com/token",
});

/** Entries as people write them for LiteLLM, with the parameters that they use. */
const entries: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["anthropic, its key in the environment", { model: "anthropic/claude-sonnet-4-5-20250929", api_key: "os.environ/ANTHROPIC_API_KEY" }],
  ["anthropic without a key of its own", { model: "anthropic/claude-3-5-haiku-20241022" }],
  ["Claude without its provider", { model: "claude-sonnet-4-20250514" }],
  [
    "anthropic with thinking and a cache",
    {
      model: "anthropic/claude-opus-4-5",
      thinking: { type: "enabled", budget_tokens: 2048 },
      cache_control_injection_points: [{ location: "message", role: "system" }],
    },
  ],
  [
    "anthropic with limits of its own",
    { model: "anthropic/claude-haiku-4-5", max_tokens: 8192, temperature: 0.2, rpm: 50, tpm: 40_000, timeout: 600, max_retries: 2 },
  ],
  ["anthropic with betas", { model: "anthropic/claude-sonnet-4-5", extra_headers: { "anthropic-beta": "context-1m-2025-08-07" } }],
  ["any Claude", { model: "anthropic/*", api_key: "os.environ/ANTHROPIC_API_KEY" }],
  ["gemini", { model: "gemini/gemini-2.5-flash", api_key: "os.environ/GEMINI_API_KEY" }],
  [
    "gemini with safety settings",
    { model: "gemini/gemini-2.5-pro", safety_settings: [{ category: "HARM_CATEGORY_HATE_SPEECH", threshold: "BLOCK_NONE" }] },
  ],
  ["gemini with an effort", { model: "gemini/gemini-3-pro-preview", reasoning_effort: "low" }],
  ["gemini's embeddings", { model: "gemini/gemini-embedding-001" }],
  ["any Gemini", { model: "gemini/*" }],
  [
    "Gemini on Vertex AI",
    { model: "vertex_ai/gemini-2.5-pro", vertex_project: "os.environ/VERTEXAI_PROJECT", vertex_location: "us-central1" },
  ],
  [
    "Gemini on Vertex AI everywhere",
    { model: "vertex_ai/gemini-3-flash-preview", vertex_project: "p", vertex_location: "global", vertex_credentials: account },
  ],
  [
    "Claude on Vertex AI",
    { model: "vertex_ai/claude-sonnet-4-5@20250929", vertex_ai_project: "p", vertex_ai_location: "us-east5", vertex_credentials: account },
  ],
  [
    "an open model on Vertex AI",
    { model: "vertex_ai/openai/gpt-oss-120b-maas", vertex_project: "p", vertex_location: "us-central1", vertex_credentials: account },
  ],
  [
    "embeddings on Vertex AI",
    { model: "vertex_ai/text-embedding-005", vertex_project: "p", vertex_location: "us-central1", vertex_credentials: account },
  ],
  [
    "bedrock by keys",
    {
      model: "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0",
      aws_access_key_id: "os.environ/AWS_ACCESS_KEY_ID",
      aws_secret_access_key: "os.environ/AWS_SECRET_ACCESS_KEY",
      aws_region_name: "us-west-2",
    },
  ],
  [
    "bedrock by a profile of regions",
    { model: "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", aws_region_name: "os.environ/AWS_REGION_NAME" },
  ],
  ["bedrock by Converse", { model: "bedrock/converse/amazon.nova-pro-v1:0", aws_region_name: "us-east-1" }],
  ["bedrock by InvokeModel", { model: "bedrock/invoke/us.anthropic.claude-haiku-4-5-20251001-v1:0", aws_region_name: "us-east-1" }],
  [
    "bedrock with a role",
    {
      model: "bedrock/us.anthropic.claude-opus-4-5-20251101-v1:0",
      aws_region_name: "us-east-1",
      aws_role_name: "arn:aws:iam::123456789012:role/router",
      aws_session_name: "router",
    },
  ],
  [
    "bedrock by an ARN",
    { model: "bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123", aws_region_name: "us-east-1" },
  ],
  ["bedrock's embeddings", { model: "bedrock/amazon.titan-embed-text-v2:0", aws_region_name: "us-east-1" }],
  ["any model of bedrock", { model: "bedrock/*", aws_region_name: "us-east-1" }],
  ["azure_ai", { model: "azure_ai/mistral-large-2411", api_base: "os.environ/AZURE_AI_API_BASE", api_key: "os.environ/AZURE_AI_API_KEY" }],
  [
    "Claude in Foundry",
    {
      model: "azure_ai/claude-sonnet-4-5",
      api_base: "https://people.services.ai.azure.com/anthropic",
      api_key: "os.environ/AZURE_AI_API_KEY",
    },
  ],
];

for (const [title, params] of entries) {
  test(`an entry that people write for LiteLLM is served: ${title}`, async () => {
    const name = String(params["model"]).endsWith("*") ? String(params["model"]) : "group";
    const text = JSON.stringify({ model_list: [{ model_name: name, litellm_params: params }], litellm_settings: { drop_params: true } });
    const { config, problems } = await load(text, { env, providers: providerRegistry });
    assert.deepEqual(told(problems), []);
    assert.equal(config?.source.deployments.length, 1);
    assert.deepEqual(config.source.invalid, []);
  });
}
