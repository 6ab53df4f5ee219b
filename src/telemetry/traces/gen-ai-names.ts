import { type Endpoint, endpoints } from "../../core/endpoints.ts";

/** The attributes and metrics of OpenTelemetry's semantic conventions for generative AI that are used here. */
export const genAi = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  firstChunkSeconds: "gen_ai.response.time_to_first_chunk",
  tokenType: "gen_ai.token.type",
  errorType: "error.type",
  serverAddress: "server.address",
  serverPort: "server.port",
  durationMetric: "gen_ai.client.operation.duration",
  tokensMetric: "gen_ai.client.token.usage",
  firstChunkMetric: "gen_ai.client.operation.time_to_first_chunk",
} as const;

/** Gives the conventions' name of what an endpoint does. */
export function operationOf(endpoint: Endpoint): string {
  return endpoints[endpoint].operation;
}

/** The conventions' names of providers, where they differ from the configuration's. */
const providers: Readonly<Record<string, string>> = {
  azure: "azure.ai.openai",
  azure_ai: "azure.ai.inference",
  bedrock: "aws.bedrock",
  gemini: "gcp.gemini",
  mistral: "mistral_ai",
  vertex_ai: "gcp.vertex_ai",
  watsonx: "ibm.watsonx.ai",
  xai: "x_ai",
};

/** Gives the conventions' name of a provider. */
export function providerOf(provider: string): string {
  return providers[provider] ?? provider;
}
