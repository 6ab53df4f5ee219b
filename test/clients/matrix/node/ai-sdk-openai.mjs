/** Vercel's AI SDK with OpenAI's provider, which speaks Responses unless told otherwise. */
import { createOpenAI } from "@ai-sdk/openai";
import { tryProvider } from "./ai-sdk.mjs";

await tryProvider(createOpenAI);
