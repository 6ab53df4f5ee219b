import type { ProviderPlugin } from "../../core/provider.ts";
import { connectAnthropic } from "./connect.ts";

/** Anthropic's own API, and hosts that speak it. */
export const anthropicProvider: ProviderPlugin = {
  name: "anthropic",
  prefixes: ["anthropic"],
  connect: connectAnthropic,
};
