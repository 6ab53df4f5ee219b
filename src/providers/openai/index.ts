import type { ProviderPlugin } from "../../core/provider.ts";
import { connectOpenAi } from "./connect.ts";
import { hosts } from "./hosts.ts";

/** OpenAI, and every host that speaks its format. */
export const openai: ProviderPlugin = {
  name: "openai",
  prefixes: hosts.flatMap((host) => host.prefixes),
  connect: connectOpenAi,
};
