import type { ProviderPlugin } from "../../core/provider.ts";
import { connectAzure } from "./connect.ts";

/** Azure's Foundry: models of many makers, and servers of one model. */
export const azureAi: ProviderPlugin = {
  name: "azure_ai",
  prefixes: ["azure_ai"],
  connect: connectAzure,
};

/** Azure's OpenAI service. */
export const azure: ProviderPlugin = {
  name: "azure",
  prefixes: ["azure", "azure_text"],
  connect: connectAzure,
};
