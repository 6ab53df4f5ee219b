import type { ProviderPlugin } from "../../core/provider.ts";
import { connectAzure } from "./connect.ts";

/** Azure's OpenAI service. */
export const azure: ProviderPlugin = {
  name: "azure",
  prefixes: ["azure", "azure_text"],
  connect: connectAzure,
};
