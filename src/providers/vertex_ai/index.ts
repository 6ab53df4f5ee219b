import type { ProviderPlugin } from "../../core/provider.ts";
import type { CredentialStore } from "../credentials/credential-store.ts";
import { connectVertexAi } from "./connect.ts";
import { createClientOpener, type OpenClient } from "./google-token.ts";

/**
 * Google's Vertex AI: Gemini, Claude and models of others.
 * @param store Has its tokens fetched.
 * @param openClient Omit it for google-auth-library.
 */
export function createVertexAi(store: CredentialStore, openClient: OpenClient = createClientOpener()): ProviderPlugin {
  return {
    name: "vertex_ai",
    prefixes: ["vertex_ai", "vertex_ai_beta"],
    place: {
      address: "https://LOCATION-aiplatform.googleapis.com",
      variables: ["VERTEXAI_PROJECT", "VERTEXAI_LOCATION", "VERTEX_LOCATION", "GOOGLE_APPLICATION_CREDENTIALS"],
      api: "Gemini's generateContent, Anthropic's Messages, OpenAI's: by model",
    },
    connect: (params) => connectVertexAi(params, { store, openClient }),
  };
}
