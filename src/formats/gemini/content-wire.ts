import type { ChatWire } from "../kit/chat/chat-adapter.ts";
import { createEmbeddingsWire } from "./embeddings/embeddings-wire.ts";
import { createContentReader } from "./reply/read-content.ts";
import type { GeminiHost } from "./request/gemini-host.ts";
import { createContentWriter } from "./request/write-request.ts";
import { ContentDecoder } from "./stream/content-decoder.ts";

const taken: ReadonlySet<string> = new Set([
  "audio",
  "frequency_penalty",
  "logprobs",
  "max_completion_tokens",
  "max_tokens",
  "modalities",
  "n",
  "parallel_tool_calls",
  "presence_penalty",
  "reasoning_effort",
  "response_format",
  "seed",
  "service_tier",
  "stop",
  "temperature",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "web_search_options",
]);

/** How chats are said in Gemini's generateContent: https://ai.google.dev/api/generate-content */
export function createContentWire(host: GeminiHost): ChatWire {
  return {
    streamType: "text/event-stream",
    taken: () => taken,
    ...createContentWriter(host),
    readReply: createContentReader(host),
    createDecoder: (call, headers, target) => new ContentDecoder(call, headers, target, host),
    embeddings: createEmbeddingsWire(host),
  };
}
