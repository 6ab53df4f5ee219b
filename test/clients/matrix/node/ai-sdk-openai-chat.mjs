/** Vercel's AI SDK with OpenAI's provider, told to speak chat completions. */
import { createOpenAI } from "@ai-sdk/openai";
import { tryProvider } from "./ai-sdk.mjs";

await tryProvider((settings) => createOpenAI(settings).chat);
