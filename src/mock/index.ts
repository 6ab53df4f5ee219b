import type { ProviderPlugin } from "../core/provider.ts";
import { connectMock } from "./connect.ts";

/** The built-in provider, for demonstrations and tests. */
export const mock: ProviderPlugin = {
  name: "mock",
  prefixes: ["mock"],
  place: { address: undefined, variables: [], api: "OpenAI's", isBuiltIn: true },
  connect: connectMock,
};
