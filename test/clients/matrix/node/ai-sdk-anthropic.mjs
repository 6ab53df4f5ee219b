/** Vercel's AI SDK with Anthropic's provider. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { tryProvider } from "./ai-sdk.mjs";

await tryProvider(createAnthropic);
