import type { ProviderPlugin } from "../../core/provider.ts";
import { connectAnthropic } from "./connect.ts";

/** Anthropic's own API, and hosts that speak it. */
export const anthropicProvider: ProviderPlugin = {
  name: "anthropic",
  prefixes: ["anthropic"],
  place: {
    address: "https://api.anthropic.com",
    variables: ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
    api: "Anthropic's Messages",
  },
  connect: connectAnthropic,
};
