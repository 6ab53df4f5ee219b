import type { ProviderPlugin } from "../../core/provider.ts";
import { connectAzure, foundry, openAiService, versionVariable } from "./connect.ts";

/** Azure's Foundry: models of many makers, and servers of one model. */
export const azureAi: ProviderPlugin = {
  name: "azure_ai",
  prefixes: ["azure_ai"],
  place: {
    address: undefined,
    variables: [...foundry.apiBaseVariables, ...foundry.apiKeyVariables, versionVariable],
    api: "Anthropic's Messages for Claude, else OpenAI's",
  },
  connect: connectAzure,
};

/** Azure's OpenAI service. */
export const azure: ProviderPlugin = {
  name: "azure",
  prefixes: ["azure", "azure_text"],
  place: {
    address: undefined,
    variables: [...openAiService.apiBaseVariables, ...openAiService.apiKeyVariables, versionVariable],
    api: "OpenAI's, with `api_version`",
  },
  connect: connectAzure,
};
