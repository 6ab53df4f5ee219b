import type { ProviderPlugin } from "../../core/provider.ts";
import { connectGemini } from "./connect.ts";

/** Google's AI Studio, and hosts that speak Gemini's API. */
export const geminiProvider: ProviderPlugin = {
  name: "gemini",
  prefixes: ["gemini"],
  place: {
    address: "https://generativelanguage.googleapis.com/v1beta",
    variables: ["GEMINI_API_BASE", "GEMINI_API_KEY", "GOOGLE_API_KEY"],
    api: "Gemini's generateContent",
  },
  connect: connectGemini,
};
